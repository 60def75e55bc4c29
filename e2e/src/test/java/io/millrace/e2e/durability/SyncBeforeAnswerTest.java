package io.millrace.e2e.durability;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.e2e.Clients;
import io.millrace.e2e.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Under strace: the sync that covers a put's bytes and its commit has returned before the first
 * byte of the answer is written.
 */
class SyncBeforeAnswerTest {
    private static final String BUCKET = "traced";

    @TempDir Path directory;

    @Test
    void aSmallPutIsAnsweredAfterTheLogOfTheKeySpaceIsSynced() throws Exception {
        List<Event> events = trace(4 << 10);
        assertOrder(events, List.of(Kind.SYNC_LOG));
    }

    @Test
    void aLargePutIsAnsweredAfterItsVolumeAndThenTheLogAreSynced() throws Exception {
        List<Event> events = trace(300 << 10);
        assertOrder(events, List.of(Kind.SYNC_VOLUME, Kind.SYNC_LOG));
    }

    private static final Pattern LOG = Pattern.compile("/keyspace/\\d+\\.log>");

    private enum Kind {
        READ_REQUEST,
        SYNC_VOLUME,
        SYNC_LOG,
        WRITE_ANSWER
    }

    /** A system call that ended, in the order of their ends. */
    private record Event(Kind kind, String line) {}

    /**
     * Puts one object under strace and returns what the server did from the request to its answer.
     */
    private List<Event> trace(int length) throws Exception {
        try (ServerProcess server = ServerProcess.start(directory.resolve("data"));
                S3Client s3 =
                        Clients.s3(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET)) {
            s3.createBucket(b -> b.bucket(BUCKET));
            s3.putObject(
                    b -> b.bucket(BUCKET).key("warm"), RequestBody.fromBytes(new byte[length]));
            Path log = directory.resolve("strace.log");
            Process strace =
                    new ProcessBuilder(
                                    "strace",
                                    "-f",
                                    "-y",
                                    "-s",
                                    "160",
                                    "-o",
                                    log.toString(),
                                    "-p",
                                    Long.toString(server.pid()),
                                    "-e",
                                    "trace=fdatasync,fsync,sync_file_range,read,recvfrom,readv,write,writev,sendto,sendmsg")
                            .redirectErrorStream(true)
                            .redirectOutput(directory.resolve("strace.out").toFile())
                            .start();
            awaitAttached();
            s3.putObject(
                    b -> b.bucket(BUCKET).key("traced-object"),
                    RequestBody.fromBytes(new byte[length]));
            Thread.sleep(500);
            strace.destroy();
            assertTrue(strace.waitFor(2, TimeUnit.MINUTES));
            return request(log);
        }
    }

    /** Until it has attached to every thread that there is. */
    private void awaitAttached() throws IOException, InterruptedException {
        Path said = directory.resolve("strace.out");
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (!Files.readString(said).contains(" attached")) {
            assertTrue(System.nanoTime() < end, "strace did not attach");
            Thread.sleep(50);
        }
    }

    private List<Event> request(Path log) throws IOException {
        List<Event> events = new ArrayList<>();
        java.util.Map<String, String> unfinished = new java.util.HashMap<>();
        Pattern thread = Pattern.compile("^(\\d+)\\s+(.*)$");
        for (String raw : Files.readAllLines(log)) {
            Matcher m = thread.matcher(raw);
            if (!m.matches()) {
                continue;
            }
            String call = m.group(2);
            if (call.endsWith("<unfinished ...>")) {
                unfinished.put(m.group(1), call);
                continue;
            }
            if (call.startsWith("<...")) {
                call = unfinished.getOrDefault(m.group(1), "") + " " + call;
            }
            Kind kind = kind(call);
            if (kind != null) {
                events.add(new Event(kind, call));
            }
        }
        int from = -1;
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).kind() == Kind.READ_REQUEST) {
                from = i;
                break;
            }
        }
        assertTrue(
                from >= 0,
                "the trace holds no request: " + Files.readString(directory.resolve("strace.out")));
        for (int i = from; i < events.size(); i++) {
            if (events.get(i).kind() == Kind.WRITE_ANSWER) {
                return events.subList(from, i + 1);
            }
        }
        throw new AssertionError("the trace holds no answer");
    }

    private static Kind kind(String call) {
        boolean sync = call.startsWith("fdatasync(") || call.startsWith("fsync(");
        if (sync && call.contains("= 0")) {
            // The log itself: the watermark beside it is synced too, and proves nothing.
            return LOG.matcher(call).find()
                    ? Kind.SYNC_LOG
                    : call.contains("/extents/") ? Kind.SYNC_VOLUME : null;
        }
        if (call.contains("PUT /" + BUCKET + "/traced-object")) {
            return Kind.READ_REQUEST;
        }
        boolean writes = call.startsWith("write") || call.startsWith("send");
        return writes && call.contains("HTTP/1.1 200") ? Kind.WRITE_ANSWER : null;
    }

    private static void assertOrder(List<Event> events, List<Kind> wanted) {
        List<Kind> kinds = events.stream().map(Event::kind).toList();
        int at = 0;
        for (Kind kind : kinds) {
            if (at < wanted.size() && kind == wanted.get(at)) {
                at++;
            }
        }
        assertTrue(at == wanted.size(), "between request and answer: " + events);
        assertFalse(kinds.subList(0, kinds.size() - 1).contains(Kind.WRITE_ANSWER));
    }
}
