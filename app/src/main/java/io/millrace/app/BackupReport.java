package io.millrace.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.backup.Progress;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the backup commands say: lines for people, or one JSON object a line. */
final class BackupReport implements Progress {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long EACH_NANOS = 1_000_000_000L;

    private final PrintStream out;
    private final boolean json;
    private long last = System.nanoTime();

    BackupReport(PrintStream out, boolean json) {
        this.out = out;
        this.json = json;
    }

    /** Once a second. */
    @Override
    public void at(long doneBytes, long totalBytes) {
        long now = System.nanoTime();
        if (now - last < EACH_NANOS) {
            return;
        }
        last = now;
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

    static String size(long bytes) {
        if (bytes < 10_000) {
            return bytes + " B";
        }
        return bytes < 10L << 20 ? bytes / 1024 + " KiB" : bytes / (1 << 20) + " MiB";
    }
}
