package io.millrace.work.outgoing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsServer;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.work.Leases;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One call: where it may go, what it carries, and that it ends. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CallsTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final byte[] BODY = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
    private static final SenderOptions LOOPBACK =
            SenderOptions.standard().withGuard(AddressGuard.allowing(List.of("127.0.0.0/8")));

    @TempDir Path directory;
    private KeySpace keySpace;
    private Leases leases;
    private Receiver receiver;

    @BeforeEach
    void open() {
        keySpace = RocksKeySpace.open(directory.resolve("keyspace"));
        leases = Leases.open(keySpace, "node", Leases.Options.standard(), MonotonicClock.system());
        receiver = new Receiver();
    }

    @AfterEach
    void close() {
        receiver.close();
        leases.close();
        keySpace.close();
    }

    private Reply ask(SenderOptions options, String url, Duration within) {
        try (Sender sender = Sender.open(keySpace, leases, options, List.of(), Clocks.system())) {
            return sender.ask(Target.of("t", url), "application/json", BODY, within);
        }
    }

    private static String failure(Reply reply) {
        return reply instanceof Reply.Failed(String reason, boolean l) ? reason : reply.toString();
    }

    private static int status(Reply reply) {
        return reply instanceof Reply.Answered a ? a.status() : -1;
    }

    @Test
    void theBodyArrivesWithAnIdAndThePasswordAsAHeader() {
        String url = receiver.url("/hook?x=1").replace("127.0.0.1", "u:p@127.0.0.1");
        assertEquals(204, status(ask(LOOPBACK, url, LONG)));
        Receiver.Heard heard = receiver.heard.getFirst();
        assertEquals("/hook?x=1", heard.path());
        assertEquals("Basic dTpw", heard.authorization());
        assertEquals(22, heard.id().length());
        assertEquals("null", heard.signature(), "no secret, no signature");
        assertEquals("{\"a\":1}", new String(heard.body(), StandardCharsets.UTF_8));
    }

    @Test
    void privateAddressesAreRefusedByNumberByNameAndAmongOthers() throws Exception {
        SenderOptions standard = SenderOptions.standard();
        for (String host : List.of("127.0.0.1", "localhost", "[::ffff:127.0.0.1]")) {
            Reply reply = ask(standard, "http://" + host + ":" + receiver.port() + "/", LONG);
            assertTrue(failure(reply).contains("outgoing.allow"), host + ": " + reply);
        }
        // One private address among public ones: whoever answers so may answer otherwise next time.
        InetAddress here = InetAddress.getByName("127.0.0.1");
        InetAddress there = InetAddress.getByName("192.0.2.1");
        SenderOptions mixed = LOOPBACK.withResolver(h -> List.of(here, there));
        Reply reply = ask(mixed, "http://name.example:" + receiver.port() + "/", LONG);
        assertTrue(failure(reply).startsWith("192.0.2.1 is no address"), failure(reply));
        assertEquals(List.of(), receiver.heard);
    }

    @Test
    void theConnectionGoesToTheAddressThatWasCheckedAndTheNameIsLookedUpOnce() throws Exception {
        try (Receiver other = new Receiver("127.0.0.2", receiver.port())) {
            AtomicInteger lookups = new AtomicInteger();
            InetAddress checked = InetAddress.getByName("127.0.0.1");
            InetAddress rebound = InetAddress.getByName("127.0.0.2");
            SenderOptions options =
                    SenderOptions.standard()
                            .withGuard(AddressGuard.allowing(List.of("127.0.0.1")))
                            .withResolver(
                                    h ->
                                            List.of(
                                                    lookups.incrementAndGet() == 1
                                                            ? checked
                                                            : rebound));
            String url = "http://name.example:" + receiver.port() + "/";
            assertEquals(204, status(ask(options, url, LONG)));
            assertEquals(1, lookups.get());
            assertEquals(1, receiver.heard.size());
            // The next call looks again, and what it finds is judged again.
            assertTrue(failure(ask(options, url, LONG)).startsWith("127.0.0.2 is no address"));
            assertEquals(List.of(), other.heard);
        }
    }

    @Test
    void aRedirectIsFollowedOnTheHostAloneAndJudgedAnew() throws Exception {
        try (Receiver other = new Receiver()) {
            receiver.answer =
                    exchange -> {
                        boolean first = exchange.getRequestURI().getPath().equals("/a");
                        (first ? Receiver.redirect(308, "/b") : Receiver.status(200)).to(exchange);
                    };
            assertEquals(200, status(ask(LOOPBACK, receiver.url("/a"), LONG)));
            assertEquals(List.of("/a", "/b"), receiver.heard.stream().map(r -> r.path()).toList());
            assertEquals(receiver.heard.get(0).id(), receiver.heard.get(1).id());

            receiver.answer = Receiver.redirect(307, other.url("/"));
            assertTrue(failure(ask(LOOPBACK, receiver.url("/"), LONG)).contains("another host"));
            receiver.answer = Receiver.redirect(307, "http://169.254.169.254/latest/meta-data");
            assertTrue(failure(ask(LOOPBACK, receiver.url("/"), LONG)).contains("another host"));
            receiver.answer = Receiver.redirect(302, "/b");
            assertTrue(failure(ask(LOOPBACK, receiver.url("/"), LONG)).startsWith("status 302"));
            receiver.answer = Receiver.redirect(307, "/again");
            receiver.heard.clear();
            assertEquals("more than 3 redirects", failure(ask(LOOPBACK, receiver.url("/"), LONG)));
            assertEquals(4, receiver.heard.size());
            assertEquals(List.of(), other.heard);

            // The same name, another address: the second look-up is judged like the first.
            AtomicInteger lookups = new AtomicInteger();
            InetAddress here = InetAddress.getByName("127.0.0.1");
            InetAddress metadata = InetAddress.getByName("169.254.169.254");
            SenderOptions rebinding =
                    LOOPBACK.withResolver(
                            h -> List.of(lookups.incrementAndGet() == 1 ? here : metadata));
            Reply reply = ask(rebinding, "http://n.example:" + receiver.port() + "/", LONG);
            assertTrue(failure(reply).startsWith("169.254.169.254 is no"), failure(reply));
        }
    }

    @Test
    void anotherAddressIsTriedAsLongAsNothingWasSent() throws Exception {
        InetAddress here = InetAddress.getByName("127.0.0.1");
        InetAddress first = InetAddress.getByName("127.0.0.2");
        SenderOptions both = LOOPBACK.withResolver(h -> List.of(first, here));
        String url = "http://n.example:" + receiver.port() + "/";
        assertEquals(204, status(ask(both, url, LONG)), "nobody listens at the first");
        try (Receiver breaking = new Receiver("127.0.0.2", receiver.port())) {
            breaking.answer = exchange -> {}; // the connection is closed without an answer
            assertTrue(failure(ask(both, url, LONG)).startsWith("the connection broke off"));
            assertEquals(1, breaking.heard.size());
        }
        assertEquals(1, receiver.heard.size(), "what may have arrived goes to nobody else");
    }

    @Test
    void aCallGivesBackAllThatItTook() {
        int more = LOOPBACK.calls() + 8;
        try (Sender sender = Sender.open(keySpace, leases, LOOPBACK, List.of(), Clocks.system())) {
            Target target = Target.of("t", receiver.url("/"));
            for (int i = 0; i < more; i++) {
                assertEquals(204, status(sender.ask(target, "x/y", BODY, LONG)));
            }
        }
        assertEquals(more, receiver.heard.size());
    }

    @Test
    void largeBodiesAndAnswersAreRefused() {
        int most = LOOPBACK.answerBytes();
        receiver.answer = Receiver.body(most);
        assertTrue(
                ask(LOOPBACK, receiver.url("/"), LONG) instanceof Reply.Answered a
                        && a.body().length == most);
        receiver.answer = Receiver.body(most + 1);
        assertEquals(
                "an answer of more than 16384 bytes",
                failure(ask(LOOPBACK, receiver.url("/"), LONG)));
        try (Sender sender = Sender.open(keySpace, leases, LOOPBACK, List.of(), Clocks.system())) {
            Target target = Target.of("t", receiver.url("/"));
            byte[] large = new byte[48 * 1024 + 1];
            assertTrue(failure(sender.ask(target, "x/y", large, LONG)).startsWith("a body of"));
        }
        assertEquals(2, receiver.heard.size());
    }

    @Test
    void aServerThatDripsOrSaysNothingIsLeftAtTheDeadline() throws Exception {
        receiver.answer =
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    drip(exchange.getResponseBody());
                };
        Duration brief = Duration.ofMillis(400);
        assertEquals("no answer in time", failure(ask(LOOPBACK, receiver.url("/"), brief)));
        try (ServerSocket heads = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            Thread.ofVirtual()
                    .start(
                            () -> {
                                try (Socket s = heads.accept();
                                        InputStream in = s.getInputStream();
                                        OutputStream out = s.getOutputStream()) {
                                    out.write(
                                            "HTTP/1.1 200 OK\r\nX: "
                                                    .getBytes(StandardCharsets.UTF_8));
                                    drip(out);
                                    in.read();
                                } catch (java.io.IOException e) {
                                    // the sender left
                                }
                            });
            String url = "http://127.0.0.1:" + heads.getLocalPort() + "/";
            assertEquals("no answer in time", failure(ask(LOOPBACK, url, brief)));
        }
        // A name that is not resolved in time.
        SenderOptions stuck =
                LOOPBACK.withResolver(
                        h -> {
                            try {
                                Thread.sleep(30_000);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            return List.of();
                        });
        assertTrue(failure(ask(stuck, "http://n.example/", brief)).contains("not resolved"));
    }

    @Test
    void aTargetThatHangsTakesNoMoreThanItsShare() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        receiver.answer =
                exchange -> {
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    exchange.sendResponseHeaders(204, -1);
                };
        try (Sender sender = Sender.open(keySpace, leases, LOOPBACK, List.of(), Clocks.system());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Receiver other = new Receiver()) {
            Target slow = Target.of("slow", receiver.url("/"));
            List<Future<Reply>> under = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                under.add(threads.submit(() -> sender.ask(slow, "x/y", BODY, LONG)));
            }
            while (receiver.heard.size() < 16) {
                Thread.sleep(5);
            }
            Reply more = sender.ask(slow, "x/y", BODY, Duration.ofMillis(200));
            assertEquals("too many calls wait for this target", failure(more));
            Target quick = Target.of("quick", other.url("/"));
            assertEquals(204, status(sender.ask(quick, "x/y", BODY, LONG)));
            go.countDown();
            for (Future<Reply> reply : under) {
                assertEquals(204, status(reply.get()));
            }
            assertEquals(16, receiver.heard.size());
        }
    }

    private static void drip(OutputStream out) throws java.io.IOException {
        try {
            for (int i = 0; i < 2_000; i++) {
                out.write('x');
                out.flush();
                Thread.sleep(10);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whatIsWrongIsSaidWithoutTheAddress() throws Exception {
        int port = receiver.port();
        receiver.close();
        String url = "http://u:hunter2@127.0.0.1:" + port + "/hunter2?k=hunter2";
        String reason = failure(ask(LOOPBACK, url, LONG));
        assertEquals("the connection was refused", reason);
        try (ServerSocket garbage = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            Thread.ofVirtual()
                    .start(
                            () -> {
                                try (Socket s = garbage.accept();
                                        OutputStream out = s.getOutputStream()) {
                                    out.write(
                                            "hunter2 is no HTTP\r\n\r\n"
                                                    .getBytes(StandardCharsets.UTF_8));
                                } catch (java.io.IOException e) {
                                    throw new java.io.UncheckedIOException(e);
                                }
                            });
            String broken =
                    failure(
                            ask(
                                    LOOPBACK,
                                    "http://127.0.0.1:" + garbage.getLocalPort() + "/hunter2",
                                    LONG));
            assertFalse(broken.contains("hunter2"), broken);
        }
    }

    @Test
    void theCertificateIsTheNamesAlthoughTheConnectionGoesToTheCheckedAddress() throws Exception {
        Path store = directory.resolve("keys.p12");
        Path pem = directory.resolve("cert.pem");
        keytool(
                "-genkeypair",
                "-keystore",
                store,
                "-keyalg",
                "EC",
                "-alias",
                "a",
                "-dname",
                "CN=x",
                "-ext",
                "san=dns:hook.example",
                "-validity",
                "2");
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore made = KeyStore.getInstance("PKCS12");
            made.load(in, "changeit".toCharArray());
            String base64 =
                    Base64.getMimeEncoder().encodeToString(made.getCertificate("a").getEncoded());
            Files.writeString(
                    pem,
                    "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n");
        }
        List<String> names = new CopyOnWriteArrayList<>();
        HttpsServer https = https(store, names);
        try {
            InetAddress here = InetAddress.getByName("127.0.0.1");
            SenderOptions options = LOOPBACK.withResolver(h -> List.of(here)).withTrusted(pem);
            int port = https.getAddress().getPort();
            assertEquals(200, status(ask(options, "https://hook.example:" + port + "/", LONG)));
            assertEquals(List.of("hook.example hook.example:" + port), names);
            String other = failure(ask(options, "https://other.example:" + port + "/", LONG));
            assertTrue(other.startsWith("no secure connection"), other);
            String untrusted =
                    failure(
                            ask(
                                    options.withTrusted(null),
                                    "https://hook.example:" + port + "/",
                                    LONG));
            assertTrue(untrusted.startsWith("no secure connection"), untrusted);
            assertEquals(1, names.size());
        } finally {
            https.stop(0);
        }
    }

    private static HttpsServer https(Path store, List<String> names) throws Exception {
        char[] password = "changeit".toCharArray();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, password);
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
        managers.init(keys, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        HttpsServer server =
                HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 5);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext(
                "/",
                exchange -> {
                    ExtendedSSLSession session =
                            (ExtendedSSLSession) ((HttpsExchange) exchange).getSSLSession();
                    String sni =
                            session.getRequestedServerNames().stream()
                                    .map(n -> new String(n.getEncoded(), StandardCharsets.US_ASCII))
                                    .reduce("", String::concat);
                    names.add(sni + " " + exchange.getRequestHeaders().getFirst("Host"));
                    exchange.getRequestBody().readAllBytes();
                    exchange.sendResponseHeaders(200, -1);
                    exchange.close();
                });
        server.start();
        return server;
    }

    private static void keytool(Object... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        command.addAll(List.of("-storepass", "changeit", "-storetype", "PKCS12"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
    }
}
