package io.millrace.e2e.nodes;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;

/**
 * The line from a server to the database. While it is held up, what the server sends stands in it
 * and comes late: a commit that was sent while a lease was held arrives when another has it.
 */
final class Line implements AutoCloseable {
    private final ServerSocket door;
    private final int database;
    private volatile CountDownLatch open = new CountDownLatch(0);

    Line(int database) {
        this.database = database;
        try {
            door = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("line").start(this::accept);
    }

    int port() {
        return door.getLocalPort();
    }

    void holdUp() {
        open = new CountDownLatch(1);
    }

    void goOn() {
        open.countDown();
    }

    private void accept() {
        try {
            while (true) {
                Socket near = door.accept();
                Socket far = new Socket(InetAddress.getLoopbackAddress(), database);
                near.setTcpNoDelay(true);
                far.setTcpNoDelay(true);
                Thread.ofVirtual().start(() -> pump(near, far, true));
                Thread.ofVirtual().start(() -> pump(far, near, false));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void pump(Socket from, Socket to, boolean heldUp) {
        byte[] buffer = new byte[64 * 1024];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int got; (got = in.read(buffer)) > 0; ) {
                if (heldUp) {
                    open.await();
                }
                out.write(buffer, 0, got);
            }
        } catch (IOException e) {
            // One of the two has gone.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        goOn();
        door.close();
    }
}
