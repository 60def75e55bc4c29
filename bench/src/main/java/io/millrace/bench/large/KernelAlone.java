package io.millrace.bench.large;

import io.millrace.kit.DirectWrites;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * What the kernel alone takes for an object: one thread moves it between a socket on loopback and a
 * fresh file with as few calls as it can. No server can cost less. What is sent comes from as many
 * objects by turns as the server is asked for, written past the page cache if they can be, and read
 * once before.
 *
 * @param put median CPU milliseconds to receive an object, write it and sync its data
 * @param putDirect the same past the page cache; not a number where the file system can't
 * @param get median CPU milliseconds to read it and send it
 */
record KernelAlone(double put, double putDirect, double get) {
    private static final int PIECE_BYTES = 256 << 10;
    private static final int OPERATIONS = 24;
    private static final int OBJECTS = 8;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private interface Move {
        void run() throws IOException;
    }

    static KernelAlone measured(Path directory, int objectBytes) throws Exception {
        Path path = Files.createTempFile(directory, "kernel", ".alone");
        try (ServerSocketChannel door =
                        ServerSocketChannel.open()
                                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                ExecutorService client = Executors.newSingleThreadExecutor();
                SocketChannel near = SocketChannel.open(door.getLocalAddress());
                SocketChannel far = door.accept();
                FileChannel file =
                        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer piece =
                    ByteBuffer.allocateDirect(PIECE_BYTES + DirectWrites.PAGE_BYTES)
                            .alignedSlice(DirectWrites.PAGE_BYTES);
            var sent = client.submit(() -> send(near, (long) OPERATIONS * objectBytes));
            double put = median(() -> receive(far, file, objectBytes, piece));
            sent.get();
            double putDirect = putDirect(near, far, client, path, objectBytes, piece);
            double get = get(near, far, client, path, objectBytes, piece);
            return new KernelAlone(put, putDirect, get);
        } finally {
            Files.delete(path);
        }
    }

    private static double putDirect(
            SocketChannel near,
            SocketChannel far,
            ExecutorService client,
            Path path,
            int objectBytes,
            ByteBuffer piece)
            throws Exception {
        Path fresh = path.resolveSibling(path.getFileName() + ".direct");
        Files.createFile(fresh);
        try (FileChannel file = DirectWrites.open(fresh)) {
            if (file == null) {
                return Double.NaN;
            }
            var sent = client.submit(() -> send(near, (long) OPERATIONS * objectBytes));
            double cost = median(() -> receive(far, file, objectBytes, piece));
            sent.get();
            return cost;
        } finally {
            Files.delete(fresh);
        }
    }

    private static double get(
            SocketChannel near,
            SocketChannel far,
            ExecutorService client,
            Path path,
            int objectBytes,
            ByteBuffer piece)
            throws Exception {
        FileChannel direct = DirectWrites.open(path);
        try (FileChannel file =
                direct != null ? direct : FileChannel.open(path, StandardOpenOption.WRITE)) {
            for (long at = 0; at < (long) OBJECTS * objectBytes; ) {
                at += file.write(piece.clear(), at);
            }
        }
        int[] turn = {0};
        try (FileChannel file = FileChannel.open(path)) {
            var drained =
                    client.submit(() -> drain(near, (long) (OBJECTS + OPERATIONS) * objectBytes));
            Move next =
                    () -> {
                        long from = (long) (turn[0]++ % OBJECTS) * objectBytes;
                        answer(file, from, far, objectBytes, piece);
                    };
            for (int i = 0; i < OBJECTS; i++) {
                next.run();
            }
            double cost = median(next);
            drained.get();
            return cost;
        }
    }

    private static double median(Move move) throws IOException {
        List<Double> costs = new ArrayList<>();
        for (int i = 0; i < OPERATIONS; i++) {
            long before = THREADS.getCurrentThreadCpuTime();
            move.run();
            costs.add((THREADS.getCurrentThreadCpuTime() - before) / 1e6);
        }
        return LargeObjects.median(costs);
    }

    private static void receive(SocketChannel from, FileChannel into, int bytes, ByteBuffer piece)
            throws IOException {
        for (int left = bytes; left > 0; ) {
            piece.clear().limit(Math.min(PIECE_BYTES, left));
            while (piece.hasRemaining()) {
                left -= from.read(piece);
            }
            piece.flip();
            into.write(piece);
        }
        into.force(false);
    }

    private static void answer(
            FileChannel from, long offset, SocketChannel into, int bytes, ByteBuffer piece)
            throws IOException {
        for (int at = 0; at < bytes; ) {
            piece.clear().limit(Math.min(PIECE_BYTES, bytes - at));
            at += from.read(piece, offset + at);
            piece.flip();
            while (piece.hasRemaining()) {
                into.write(piece);
            }
        }
    }

    private static Void send(SocketChannel into, long bytes) throws IOException {
        ByteBuffer piece = ByteBuffer.allocateDirect(1 << 20);
        for (long left = bytes; left > 0; ) {
            piece.clear().limit((int) Math.min(piece.capacity(), left));
            left -= into.write(piece);
        }
        return null;
    }

    private static Void drain(SocketChannel from, long bytes) throws IOException {
        ByteBuffer piece = ByteBuffer.allocateDirect(1 << 20);
        for (long left = bytes; left > 0; ) {
            left -= from.read(piece.clear());
        }
        return null;
    }
}
