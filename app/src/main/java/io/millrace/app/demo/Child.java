package io.millrace.app.demo;

import io.millrace.kit.MonotonicClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A program that the demo keeps running: started again, ever more slowly, when it ends. */
final class Child implements AutoCloseable {
    private static final MonotonicClock CLOCK = MonotonicClock.system();
    private static final Logger LOG = LoggerFactory.getLogger(Child.class);
    private static final Duration LONGEST_REST = Duration.ofSeconds(30);

    private final String name;
    private final Supplier<List<String>> command;
    private final Path log;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Process process;
    private boolean closed;

    private Child(String name, Supplier<List<String>> command, Path log) {
        this.name = name;
        this.command = command;
        this.log = log;
    }

    /** Starts it; {@code command} is asked anew at each start. */
    static Child start(String name, Supplier<List<String>> command, Path log) {
        Child child = new Child(name, command, log);
        Thread.ofVirtual().name("demo-" + name).start(child::keep);
        return child;
    }

    private void keep() {
        Duration rest = Duration.ofSeconds(1);
        while (true) {
            Process running = launch();
            if (running == null) {
                return;
            }
            try {
                long started = CLOCK.nanos();
                int exit = running.waitFor();
                boolean lasted = CLOCK.nanos() - started > Duration.ofSeconds(60).toNanos();
                rest = lasted ? Duration.ofSeconds(1) : rest.multipliedBy(2);
                rest = rest.compareTo(LONGEST_REST) > 0 ? LONGEST_REST : rest;
                Thread.sleep(500); // Ctrl-C reaches the children first: that is no failure
                if (closed()) {
                    return;
                }
                LOG.atWarn()
                        .log(
                                "the demo's {} ended with {}; see {}; again in {} s",
                                name,
                                exit,
                                log,
                                rest.toSeconds());
                Thread.sleep(rest);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private @Nullable Process launch() {
        lock.lock();
        try {
            if (closed) {
                return null;
            }
            Process started =
                    new ProcessBuilder(command.get())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                            .start();
            started.getOutputStream().close();
            process = started;
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException("can't start the demo's " + name, e);
        } finally {
            lock.unlock();
        }
    }

    private boolean closed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        Process running;
        lock.lock();
        try {
            closed = true;
            running = process;
        } finally {
            lock.unlock();
        }
        if (running == null) {
            return;
        }
        running.descendants().forEach(ProcessHandle::destroy);
        running.destroy();
        try {
            if (!running.waitFor(3, TimeUnit.SECONDS)) {
                running.destroyForcibly();
            }
        } catch (InterruptedException e) {
            running.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
