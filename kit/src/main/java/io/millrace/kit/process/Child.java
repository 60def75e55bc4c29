package io.millrace.kit.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A running child process with pipes at its three streams. Its standard error is read all the time
 * and its last 4 KiB are kept. Closing kills it. Thread-safe, save for the two streams.
 */
public final class Child implements AutoCloseable {
    private static final int TAIL_BYTES = 4096;

    private final Process process;
    private final Tail tail = new Tail();
    private final Thread errors;

    private Child(Process process) {
        this.process = process;
        this.errors =
                Thread.ofVirtual()
                        .name("child-" + process.pid() + "-errors")
                        .start(() -> tail.follow(process.getErrorStream()));
    }

    /** Starts the program. @throws IOException when the machine can't start a process */
    public static Child start(ChildCommand command) throws IOException {
        return new Child(command.builder().start());
    }

    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** The child's standard input. */
    public OutputStream input() {
        return process.getOutputStream();
    }

    /** The child's standard output. */
    public InputStream output() {
        return process.getInputStream();
    }

    /** Processor time used so far; zero where the system does not tell or the child is gone. */
    public Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** The last of what the child said on standard error. */
    public String errorTail() {
        return tail.text();
    }

    /** Kills the child at once; it can't refuse. */
    public void kill() {
        process.destroyForcibly();
    }

    /**
     * Waits for the end.
     *
     * @return the exit code (128 + signal when a signal ended it), or −1 when it still runs after
     *     {@code atMost}
     */
    public int await(Duration atMost) {
        try {
            if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                return -1;
            }
            errors.join(Duration.ofSeconds(1));
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }

    @Override
    public void close() {
        kill();
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // What was not flushed is lost with the child, as it should be.
        }
        try {
            process.getInputStream().close();
        } catch (IOException e) {
            // Nobody reads it any more.
        }
    }

    /** The last bytes of a stream. */
    private static final class Tail {
        private final byte[] ring = new byte[TAIL_BYTES];
        private long written;

        void follow(InputStream in) {
            byte[] buffer = new byte[1024];
            try (in) {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    add(buffer, n);
                }
            } catch (IOException e) {
                // The child is gone; what it said so far is kept.
            }
        }

        private synchronized void add(byte[] bytes, int length) {
            for (int i = 0; i < length; i++) {
                ring[(int) (written++ % TAIL_BYTES)] = bytes[i];
            }
        }

        synchronized String text() {
            int length = (int) Math.min(written, TAIL_BYTES);
            byte[] out = new byte[length];
            for (int i = 0; i < length; i++) {
                out[i] = ring[(int) ((written - length + i) % TAIL_BYTES)];
            }
            return new String(out, StandardCharsets.UTF_8).strip();
        }
    }
}
