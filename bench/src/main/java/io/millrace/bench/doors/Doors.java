package io.millrace.bench.doors;

import io.millrace.signing.AccessKey;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What honest clients notice of ten thousand hostile ones at one door: 50 mixed requests a second
 * of one client, and 200 users behind one address, before, during and five seconds after.
 */
public final class Doors {
    private static final int A_SECOND = 50;
    private static final int USERS = 200;
    private static final String USERS_ADDRESS = "127.88.0.1";
    private static final int QUIET_SECONDS = Integer.getInteger("quiet", 10);
    private static final int ATTACK_SECONDS = Integer.getInteger("attack", 20);
    private static final int WARM_SECONDS = Integer.getInteger("warm", 15);
    private static final int HOSTILE = Integer.getInteger("hostile", 10_000);

    private final String door;
    private final int port;
    private final AccessKey key;
    private final String objectHost;
    private final long server;
    private final Path gcLog;
    private final @Nullable SSLSocketFactory tls;

    private Doors(String[] arguments) throws Exception {
        this.door = arguments[0];
        this.port = Integer.parseInt(arguments[1]);
        this.server = Long.parseLong(arguments[2]);
        this.gcLog = Path.of(arguments[3]);
        this.objectHost = arguments[4];
        this.key = new AccessKey(arguments[5], arguments[6]);
        this.tls = door.equals("edge-tls") ? trusting() : null;
    }

    /**
     * Arguments: door, its port, the server's process, its log of collections, host:port of the
     * object door, key id, secret, attacks (none: all).
     */
    public static void main(String[] arguments) throws Exception {
        Doors doors = new Doors(arguments);
        List<Attack> attacks =
                arguments.length == 7
                        ? List.of(Attack.values())
                        : Arrays.stream(arguments).skip(7).map(Attack::valueOf).toList();
        doors.warm();
        for (Attack attack : attacks) {
            doors.run(attack);
        }
        Runtime.getRuntime().halt(0);
    }

    /** One request after the other for some seconds: a server that has just begun is still slow. */
    private void warm() throws InterruptedException {
        List<byte[]> mix = new ArrayList<>(mix());
        if (!door.equals("rtmp")) {
            mix.add(Honest.get("/public/large"));
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WARM_SECONDS);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(
                    Thread.startVirtualThread(
                            () -> {
                                while (System.nanoTime() < end) {
                                    for (byte[] request : mix) {
                                        try (Honest client = new Honest(port, tls, null)) {
                                            client.request(request);
                                        } catch (IOException e) {
                                            throw new UncheckedIOException(e);
                                        }
                                    }
                                }
                            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static SSLSocketFactory trusting() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anybody()}, new SecureRandom());
        return context.getSocketFactory();
    }

    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** What honest clients met in one phase. */
    private static final class Seen {
        final ConcurrentLinkedQueue<Long> micros = new ConcurrentLinkedQueue<>();
        final AtomicInteger good = new AtomicInteger();
        final AtomicInteger bad = new AtomicInteger();
        final AtomicInteger usersGood = new AtomicInteger();
        final AtomicInteger usersBad = new AtomicInteger();
        final ConcurrentLinkedQueue<String> why = new ConcurrentLinkedQueue<>();

        double percentile(double part) {
            List<Long> sorted = new ArrayList<>(micros);
            Collections.sort(sorted);
            return sorted.isEmpty()
                    ? Double.NaN
                    : sorted.get((int) Math.min(sorted.size() - 1, part * sorted.size())) / 1e3;
        }

        static double percent(AtomicInteger good, AtomicInteger bad) {
            return 100.0 * good.get() / Math.max(1, good.get() + bad.get());
        }
    }

    private void run(Attack attack) throws Exception {
        phase(QUIET_SECONDS / 2); // warm, and what the last attack left
        Seen before = phase(QUIET_SECONDS);
        long memoryBefore = residentMiB();
        int fullBefore = fullCollections();
        Process hostile =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElse("java"),
                                "-Xmx512m",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Hostile.class.getName(),
                                attack.name(),
                                door,
                                Integer.toString(port),
                                Integer.toString(HOSTILE),
                                "/public/large")
                        .redirectErrorStream(true)
                        .redirectOutput(Path.of(gcLog + ".hostile").toFile())
                        .start();
        awaitStanding(attack);
        Seen during = phase(ATTACK_SECONDS);
        long memoryDuring = residentMiB();
        hostile.getOutputStream().close();
        hostile.waitFor();
        Thread.sleep(5_000);
        Seen after = phase(QUIET_SECONDS);
        int full = fullCollections() - fullBefore;
        List<String> lines = Files.readAllLines(Path.of(gcLog + ".hostile"));
        String stood = lines.isEmpty() ? "-" : lines.getLast();
        System.out.printf(
                "%-9s %-16s %6.2f%% %7.1f %7.1f %7.1f %5.1f  %6.2f%%  %6.2f%% %7.1f  %5d %5d %5d"
                        + "  %3d  %s%n",
                door,
                attack.title,
                Seen.percent(during.good, during.bad),
                before.percentile(0.99),
                during.percentile(0.5),
                during.percentile(0.99),
                during.percentile(0.99) / before.percentile(0.99),
                Seen.percent(during.usersGood, during.usersBad),
                Seen.percent(after.good, after.bad),
                after.percentile(0.99),
                memoryBefore,
                memoryDuring,
                residentMiB(),
                full,
                stood);
        during.why.stream().distinct().limit(3).forEach(why -> System.out.println("    " + why));
    }

    /**
     * Two seconds longer than until nearly all stand: the last may still be in the kernel's
     * backlog. At most 22 s, where the door has fewer places, or in a flood.
     */
    private void awaitStanding(Attack attack) throws Exception {
        for (int second = 0; second < (attack == Attack.FLOOD ? 5 : 20); second++) {
            Thread.sleep(1_000);
            List<String> lines = Files.readAllLines(Path.of(gcLog + ".hostile"));
            String last = lines.isEmpty() ? "0 " : lines.getLast();
            if (Integer.parseInt(last.substring(0, last.indexOf(' '))) > HOSTILE * 0.95) {
                break;
            }
        }
        Thread.sleep(2_000);
    }

    private Seen phase(int seconds) throws Exception {
        Seen seen = new Seen();
        List<byte[]> mix = mix();
        List<Thread> threads = new ArrayList<>();
        long start = System.nanoTime();
        List<Honest> clients = new ArrayList<>();
        for (int u = 0; u < USERS; u++) {
            int user = u;
            threads.add(
                    Thread.startVirtualThread(
                            () -> user(user, seconds, start, mix.getLast(), seen)));
        }
        // Eight that keep their connections, and a new one for every other request.
        var kept = new java.util.concurrent.ArrayBlockingQueue<Honest>(8);
        for (int i = 0; i < 8; i++) {
            Honest client = new Honest(port, tls, null);
            clients.add(client);
            kept.add(client);
        }
        for (int i = 0; i < seconds * A_SECOND; i++) {
            long due = start + i * 1_000_000_000L / A_SECOND;
            TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
            byte[] request = mix.get(i % mix.size());
            boolean fresh = i % 2 == 0;
            threads.add(Thread.startVirtualThread(() -> one(request, fresh, kept, due, seen)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        clients.forEach(Honest::close);
        return seen;
    }

    private void one(
            byte[] request,
            boolean fresh,
            java.util.concurrent.BlockingQueue<Honest> kept,
            long due,
            Seen seen) {
        try {
            Honest client = fresh ? new Honest(port, tls, null) : kept.take();
            try {
                int status = client.request(request);
                if (status >= 400) {
                    throw new IOException("status " + status);
                }
                seen.micros.add((System.nanoTime() - due) / 1_000);
                seen.good.incrementAndGet();
            } finally {
                if (fresh) {
                    client.close();
                } else {
                    kept.add(client);
                }
            }
        } catch (IOException e) {
            seen.bad.incrementAndGet();
            seen.why.add(e.toString());
            seen.micros.add((System.nanoTime() - due) / 1_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void user(int user, int seconds, long start, byte[] request, Seen seen) {
        try (Honest client = new Honest(port, tls, USERS_ADDRESS)) {
            for (int i = 0; i < seconds; i++) {
                long due = start + i * 1_000_000_000L + user * 1_000_000_000L / USERS;
                TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
                try {
                    if (client.request(request) >= 400) {
                        throw new IOException("refused");
                    }
                    seen.usersGood.incrementAndGet();
                } catch (IOException e) {
                    client.close();
                    seen.usersBad.incrementAndGet();
                    seen.why.add("user: " + e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Requests that this door answers; the last is what the users ask for. */
    private List<byte[]> mix() {
        return switch (door) {
            case "object" -> {
                List<byte[]> mix = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    mix.add(signed("PUT", "/bench/small" + i, "", new byte[4096]));
                    mix.add(signed("GET", "/bench/small" + i, "", new byte[0]));
                }
                mix.add(signed("GET", "/bench", "list-type=2&max-keys=10", new byte[0]));
                mix.add(signed("PUT", "/bench/larger", "", new byte[200_000]));
                mix.add(signed("GET", "/bench/larger", "", new byte[0]));
                mix.add(Honest.get("/public/small"));
                yield mix;
            }
            case "console" ->
                    List.of(
                            Honest.get("/healthz"),
                            Honest.get("/metrics"),
                            Honest.get("/readyz"),
                            Honest.get("/"));
            case "rtmp" -> List.of(handshake());
            default ->
                    List.of(
                            Honest.get("/public/middle"),
                            Honest.get("/public/large"),
                            Honest.get("/public/other"),
                            Honest.get("/public/small"));
        };
    }

    private static byte[] handshake() {
        byte[] hello = new byte[1 + 1536];
        hello[0] = 3;
        return hello;
    }

    private byte[] signed(String method, String path, String query, byte[] body) {
        SigV4Signer signer = new SigV4Signer(key, "local", "s3");
        SignedRequest request =
                new SignedRequest(method, path, query, List.of(Map.entry("Host", objectHost)));
        StringBuilder head = new StringBuilder();
        head.append(method).append(' ').append(path);
        if (!query.isEmpty()) {
            head.append('?').append(query);
        }
        head.append(" HTTP/1.1\r\nHost: ").append(objectHost).append("\r\n");
        Instant now = Instant.now();
        for (Map.Entry<String, String> header :
                signer.sign(request, SigV4Signer.UNSIGNED_PAYLOAD, now)) {
            head.append(header.getKey()).append(": ").append(header.getValue()).append("\r\n");
        }
        head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
        byte[] start = head.toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = Arrays.copyOf(start, start.length + body.length);
        System.arraycopy(body, 0, all, start.length, body.length);
        return all;
    }

    private long residentMiB() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + server + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
            }
        }
        return -1;
    }

    private int fullCollections() throws IOException {
        int count = 0;
        for (String line : Files.readAllLines(gcLog)) {
            if (line.contains("Pause Full")) {
                count++;
            }
        }
        return count;
    }
}
