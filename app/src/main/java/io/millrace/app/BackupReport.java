package io.millrace.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.backup.BackupException;
import io.millrace.backup.Progress;
import io.millrace.kit.MonotonicClock;
import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the backup commands say: lines for people, or one JSON object a line. */
final class BackupReport implements Progress {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration EACH = Duration.ofSeconds(1);

    private final PrintStream out;
    private final boolean json;
    private final MonotonicClock clock;
    private long lastNanos;

    BackupReport(PrintStream out, boolean json, MonotonicClock clock) {
        this.out = out;
        this.json = json;
        this.clock = clock;
        this.lastNanos = clock.nanos();
    }

    /** Once a second. */
    @Override
    public void at(long doneBytes, long totalBytes) {
        if (!clock.hasElapsed(lastNanos, EACH)) {
            return;
        }
        lastNanos = clock.nanos();
        if (json) {
            say("progress", Map.of("doneBytes", doneBytes, "totalBytes", totalBytes), "");
        } else {
            long percent = totalBytes == 0 ? 100 : doneBytes * 100 / totalBytes;
            out.printf("%3d %%  %s of %s%n", percent, size(doneBytes), size(totalBytes));
        }
    }

    /** An event: its fields for programs, its text for people. */
    void say(String event, Map<String, ?> fields, String text) {
        if (!json) {
            if (!text.isEmpty()) {
                out.println(text);
            }
            return;
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("event", event);
        all.putAll(fields);
        try {
            out.println(JSON.writeValueAsString(all));
            out.flush();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For programs; people read the text that ends the command. */
    void failed(BackupException e) {
        say(
                "failed",
                Map.of("code", e.code().name(), "message", String.valueOf(e.getMessage())),
                "");
    }

    static String size(long bytes) {
        if (bytes < 10_000) {
            return bytes + " B";
        }
        return bytes < 10L << 20 ? bytes / 1024 + " KiB" : bytes / (1 << 20) + " MiB";
    }
}
