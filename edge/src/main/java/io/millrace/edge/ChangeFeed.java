package io.millrace.edge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.edge.cache.Cache;
import io.millrace.edge.cache.Purges;
import io.millrace.kit.DurableFile;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows what changes in the store through the console, by long poll, and voids the copies of
 * objects that were overwritten or deleted. Where it stands is kept on disk; an edge that missed
 * changes voids everything. One virtual thread.
 */
final class ChangeFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeFeed.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_BYTES = 16 << 20;
    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final Duration AGAIN_UNKNOWN = Duration.ofSeconds(30);

    /**
     * What is read again after a crash voids some copies once more; that needs no sync a change.
     */
    private static final Duration SAVE_EVERY = Duration.ofSeconds(5);

    private final Core core;
    private final ConsoleCalls calls;
    private final Path file;
    private final Thread thread;
    private final CountDownLatch closed = new CountDownLatch(1);
    private String cursor;
    private String savedCursor;
    private long savedNanos;
    private boolean away;

    ChangeFeed(Core core, ConsoleCalls calls, Path directory) {
        this.core = core;
        this.calls = calls;
        this.file = directory.resolve("changes.cursor");
        this.cursor = saved();
        this.savedCursor = cursor;
        this.savedNanos = core.nanos();
        this.thread = Thread.ofVirtual().name("edge-changes").start(this::follow);
    }

    private String saved() {
        try {
            String text = Files.exists(file) ? Files.readString(file).strip() : "";
            return text.matches("[0-9.]{1,4096}") ? text : "";
        } catch (IOException e) {
            LOG.warn("{} cannot be read; everything kept is fetched again: {}", file, e.toString());
            return "";
        }
    }

    private void follow() {
        while (!closed()) {
            try {
                String query = "after=" + cursor + "&wait=" + ConsoleCalls.WAIT_SECONDS;
                HttpResponse<String> answer = calls.send("GET", "/api/edge/changes", query, null);
                if (answer.statusCode() == 200 && answer.body().length() <= MOST_BYTES) {
                    take(JSON.readTree(answer.body()));
                    away = false;
                } else if (answer.statusCode() == 400 && !cursor.isEmpty()) {
                    // Another version's cursor: from the start, which voids everything.
                    cursor = "";
                } else {
                    failed(
                            "the console answered " + answer.statusCode(),
                            answer.statusCode() == 404 ? AGAIN_UNKNOWN : AGAIN);
                }
                save(SAVE_EVERY);
            } catch (JsonProcessingException e) {
                failed("the console's answer is no JSON: " + e.getOriginalMessage(), AGAIN);
            } catch (IOException | RuntimeException e) {
                failed(e.toString(), AGAIN);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void take(JsonNode told) {
        String next = told.path("cursor").asText();
        JsonNode paths = told.path("paths");
        if (!next.matches("[0-9.]{1,4096}") || !told.path("lost").isBoolean() || !paths.isArray()) {
            throw new IllegalArgumentException("changes have no cursor, lost or paths");
        }
        Cache cache = core.cache();
        if (told.path("lost").asBoolean()) {
            cache.purges().purge(Purges.Kind.ALL, "*", 0);
        } else {
            List<String> known = new ArrayList<>();
            for (JsonNode path : paths) {
                if (cache.knows(path.asText())) {
                    known.add(path.asText());
                }
            }
            cache.purges().purge(known);
        }
        cursor = next;
    }

    private void save(Duration atMost) throws IOException {
        long now = core.nanos();
        if (cursor.equals(savedCursor) || now - savedNanos < atMost.toNanos()) {
            return;
        }
        DurableFile.replace(file, StandardCharsets.US_ASCII.encode(cursor + "\n"));
        savedCursor = cursor;
        savedNanos = now;
    }

    private void failed(String what, Duration again) {
        if (!away && !closed()) {
            LOG.warn(
                    "changes of objects cannot be followed at {}, copies live as long as they"
                            + " are fresh: {}",
                    calls.console(),
                    what);
        }
        away = true;
        try {
            closed.await(again.toMillis(), TimeUnit.MILLISECONDS);
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
            thread.join(Duration.ofSeconds(2));
            if (!thread.isAlive()) {
                save(Duration.ZERO);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.warn("{} cannot be written: {}", file, e.toString());
        }
    }
}
