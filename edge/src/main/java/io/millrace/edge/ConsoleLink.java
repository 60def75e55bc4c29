package io.millrace.edge;

import io.millrace.edge.cache.Purges;
import io.millrace.edge.rules.Domain;
import io.millrace.edge.rules.Settings;
import io.millrace.kit.DurableFile;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pulls settings and purges from the console by long poll and reports statistics to it, on two
 * virtual threads. The last settings stand on disk, so that an edge starts and serves while the
 * console is away.
 */
final class ConsoleLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConsoleLink.class);
    private static final int WAIT_SECONDS = ConsoleCalls.WAIT_SECONDS;
    private static final Duration REPORT_EVERY = Duration.ofSeconds(2);
    private static final int MOST_BYTES = 16 << 20;

    private final Core core;
    private final ConsoleCalls calls;
    private final Path file;
    private final Consumer<Settings> changed;
    private final Thread puller;
    private final Thread reporter;
    private final CountDownLatch closed = new CountDownLatch(1);
    private boolean away;

    ConsoleLink(Core core, ConsoleCalls calls, Path directory, Consumer<Settings> changed) {
        this.core = core;
        this.calls = calls;
        this.file = directory.resolve("settings.json");
        this.changed = changed;
        restore();
        puller = Thread.ofVirtual().name("edge-settings").start(this::pull);
        reporter = Thread.ofVirtual().name("edge-report").start(this::report);
    }

    private void restore() {
        try {
            if (Files.exists(file)) {
                apply(Settings.parse(Files.readString(file)));
                LOG.info("serving with the settings of the last run until the console answers");
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("the saved settings cannot be read and are ignored: {}", e.toString());
        }
    }

    private void pull() {
        while (!closed()) {
            try {
                Settings known = core.settings();
                long since = known == null || away ? -1 : known.revision();
                String path = "/api/edge/settings";
                HttpResponse<String> answer =
                        calls.send("GET", path, "since=" + since + "&wait=" + WAIT_SECONDS, null);
                if (answer.statusCode() == 200 && answer.body().length() <= MOST_BYTES) {
                    Settings next = Settings.parse(answer.body());
                    boolean news = known == null || next.revision() != known.revision() || away;
                    away = false;
                    if (news) {
                        apply(next);
                        save(answer.body());
                    }
                } else if (answer.statusCode() != 304 && answer.statusCode() != 204) {
                    failed(
                            "the console answered "
                                    + answer.statusCode()
                                    + hint(answer.statusCode()));
                }
            } catch (IOException | RuntimeException e) {
                // Whatever is wrong with an answer, the next one may be right.
                failed(e.toString());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static String hint(int status) {
        return status == 401 || status == 403
                ? "; edge.key must be what millrace serve --edge-key prints there"
                : "";
    }

    private void failed(String what) {
        if (!away && !closed()) {
            LOG.warn("settings cannot be pulled from {}: {}", calls.console(), what);
        }
        away = true;
        pause(Duration.ofSeconds(1));
    }

    private void apply(Settings next) {
        Purges purges = core.cache().purges();
        // Certificates first: a domain that answers answers with its own.
        changed.accept(next);
        core.settings(next);
        if (next.purgesFrom() > purges.consoleId() + 1 || next.lastPurge() < purges.consoleId()) {
            // Some were missed, or this is another console: void everything rather than guess.
            purges.startOver(next.purgesFrom() - 1);
        }
        for (Settings.Purge purge : next.purges()) {
            if (purge.id() > purges.consoleId()) {
                purge(next, purges, purge);
            }
        }
    }

    private static void purge(Settings settings, Purges purges, Settings.Purge purge) {
        Domain domain = purge.host() == null ? null : settings.domains().get(purge.host());
        boolean unknown = purge.host() != null && domain == null;
        // What a domain showed that is gone since is anybody's guess: everything.
        DomainPurge covers =
                unknown
                        ? DomainPurge.of(null, Purges.Kind.ALL, null)
                        : DomainPurge.of(domain, purge.kind(), purge.path());
        covers.apply(purges, purge.id());
    }

    /** Settings hold keys: the file is for this user alone, and replaced whole. */
    private void save(String json) {
        try {
            byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
            DurableFile.replaceSecret(file, ByteBuffer.wrap(bytes));
        } catch (IOException e) {
            LOG.warn("the settings cannot be saved: {}", e.toString());
        }
    }

    private void report() {
        long before = core.nanos();
        while (!closed()) {
            pause(REPORT_EVERY);
            if (closed()) {
                return;
            }
            long now = core.nanos();
            try {
                calls.send("POST", "/api/edge/report", "", Report.json(core, (now - before) / 1e9));
                before = now;
            } catch (IOException e) {
                LOG.debug("a report did not reach the console: {}", e.toString());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void pause(Duration time) {
        try {
            closed.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean closed() {
        return closed.getCount() == 0 || calls.closed();
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            // They may be writing the settings: let them.
            puller.join(Duration.ofSeconds(2));
            reporter.join(Duration.ofSeconds(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
