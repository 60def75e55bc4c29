package io.millrace.bench.large;

import io.millrace.signing.AccessKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * CPU of the server for a PUT and a GET of 8 MiB, beside the digests that the request asks for,
 * computed alone in the same run, and what the kernel takes alone: medians of rounds.
 */
public final class LargeObjects {
    private static final int OBJECT_BYTES = 8 << 20;
    private static final int KEYS = 8;
    private static final int GETS_A_PUT = Integer.getInteger("gets", 4);

    /**
     * PUTs, and GETs, before the first is counted: a young server spends a third of its CPU on
     * compiling.
     */
    private static final int WARM = Integer.getInteger("warm", 1_200);

    private final Server server;
    private final int connections;
    private final int operations;
    private final byte[] object = new byte[OBJECT_BYTES];

    private LargeObjects(Server server, int connections, int operations) {
        this.server = server;
        this.connections = connections;
        this.operations = operations;
        new Random(1).nextBytes(object);
    }

    /**
     * Milliseconds of CPU, those of the JVM's compilers in it, and of the clock for one operation.
     */
    private record Cost(double cpu, double compilers, double wall) {}

    /**
     * Arguments: port, pids, key id, secret, ticks a second, rounds, operations a round,
     * connections, names of variants (none: all).
     */
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        Server server =
                new Server(
                        "127.0.0.1:" + port,
                        port,
                        arguments[1],
                        new AccessKey(arguments[2], arguments[3]),
                        Integer.parseInt(arguments[4]));
        int rounds = Integer.parseInt(arguments[5]);
        List<Variant> variants =
                arguments.length == 8
                        ? List.of(Variant.values())
                        : Arrays.stream(arguments).skip(8).map(Variant::valueOf).toList();
        new LargeObjects(server, Integer.parseInt(arguments[7]), Integer.parseInt(arguments[6]))
                .run(variants, rounds);
    }

    private void run(List<Variant> variants, int rounds) throws Exception {
        System.out.printf(
                "%-22s %8s %9s %11s %6s %7s %14s%n",
                "PUT 8 MiB", "CPU ms", "digests", "difference", "ratio", "MB/s", "digest, ms");
        List<Double> firsts = new ArrayList<>();
        List<Double> gets = new ArrayList<>();
        List<Double> getRates = new ArrayList<>();
        List<Double> putCompilers = new ArrayList<>();
        List<Double> getCompilers = new ArrayList<>();
        puts(variants.getFirst(), WARM);
        gets(5 * WARM);
        for (Variant variant : variants) {
            warm(variant);
            List<Double> puts = new ArrayList<>();
            List<Double> rates = new ArrayList<>();
            for (int i = 0; i < rounds; i++) {
                Cost put = puts(variant, operations);
                puts.add(put.cpu);
                rates.add(OBJECT_BYTES / 1e3 / put.wall);
                putCompilers.add(put.compilers);
                firsts.add(gets(KEYS).cpu);
                Cost get = gets(GETS_A_PUT * operations);
                gets.add(get.cpu);
                getRates.add(OBJECT_BYTES / 1e3 / get.wall);
                getCompilers.add(get.compilers);
            }
            report(variant, median(puts), median(rates));
        }
        double crc = alone(Digest.CRC32C);
        KernelAlone kernel =
                KernelAlone.measured(
                        Path.of(System.getProperty("directory", "/tmp")), OBJECT_BYTES);
        System.out.printf(
                "%-22s %8.2f %9.2f %11.2f %6.2f %7.0f%n",
                "GET 8 MiB",
                median(gets),
                crc,
                median(gets) - crc,
                median(gets) / crc,
                median(getRates));
        System.out.printf("%-22s %8.2f   from the disk%n", "its first after a PUT", median(firsts));
        System.out.printf(
                "In these the JVM's compilers: PUT %.2f ms, GET %.2f ms%n",
                median(putCompilers), median(getCompilers));
        System.out.printf(
                "The kernel alone: socket to synced file %.2f ms, past the page cache %.2f ms,"
                        + " file to socket %.2f ms%n",
                kernel.put(), kernel.putDirect(), kernel.get());
    }

    private void warm(Variant variant) throws Exception {
        puts(variant, 4 * operations);
        gets(2 * GETS_A_PUT * operations);
        try (Connection connection = new Connection(server.port())) {
            connection.expect(Variant.s3(server, "GET", path(0)).head(), object);
        }
    }

    private void report(Variant variant, double cpu, double rate) {
        double sum = 0;
        StringBuilder each = new StringBuilder();
        for (Digest digest : variant.digests) {
            double cost = alone(digest);
            sum += cost;
            each.append(" %s %.1f".formatted(digest, cost));
        }
        System.out.printf(
                "%-22s %8.2f %9.2f %11.2f %6.2f %7.0f %s%n",
                variant.title, cpu, sum, cpu - sum, cpu / sum, rate, each);
    }

    private double alone(Digest digest) {
        List<Double> costs = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            costs.add(digest.cost(object));
        }
        return median(costs.subList(20, 40));
    }

    private Cost puts(Variant variant, int count) throws Exception {
        List<Variant.Wire> wires = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            wires.add(variant.put(server, path(i), object));
        }
        List<ByteBuffer> bodies = wires.stream().map(w -> direct(w.body())).toList();
        return load(count, (c, i) -> c.exchange(wires.get(i % KEYS).head(), bodies.get(i % KEYS)));
    }

    private Cost gets(int count) throws Exception {
        List<Variant.Wire> wires = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            wires.add(Variant.s3(server, "GET", path(i)));
        }
        ByteBuffer none = ByteBuffer.allocate(0);
        return load(count, (c, i) -> c.exchange(wires.get(i % KEYS).head(), none));
    }

    private interface Operation {
        long run(Connection connection, int number) throws IOException;
    }

    private Cost load(int count, Operation operation) throws Exception {
        double cpu = server.cpuMillis();
        double compilers = server.compilerMillis();
        long since = System.nanoTime();
        try (ExecutorService clients = Executors.newFixedThreadPool(connections)) {
            List<Callable<Void>> work = new ArrayList<>();
            for (int c = 0; c < connections; c++) {
                int first = c;
                work.add(
                        () -> {
                            try (Connection connection = new Connection(server.port())) {
                                for (int i = first; i < count; i += connections) {
                                    operation.run(connection, i);
                                }
                            }
                            return null;
                        });
            }
            for (Future<Void> done : clients.invokeAll(work)) {
                done.get();
            }
        }
        double wall = (System.nanoTime() - since) / 1e6;
        return new Cost(
                (server.cpuMillis() - cpu) / count,
                (server.compilerMillis() - compilers) / count,
                wall / count);
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private static String path(int number) {
        return "/bench/large/" + number;
    }

    static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
