package io.millrace.e2e.durability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.model.AppendObjectRequest;
import io.millrace.e2e.Clients;
import io.millrace.e2e.ServerProcess;
import io.millrace.e2e.SmallDisk;
import io.millrace.kit.Opened;
import io.millrace.testkit.Seed;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * A server on a real disk of 192 MiB that is filled until it refuses: deletes are taken, and their
 * space is there again within a minute.
 */
class FullDiskTest {
    private static final String BUCKET = "full";
    private static final long DISK_BYTES = 192L << 20;
    private static final int OBJECT_BYTES = 3 << 20;
    private static final int SMALL_BYTES = 12_000;
    private static final int CLIENTS = 16;
    private static final int PART_BYTES = 6 << 20;

    /** A minute is promised; a machine that does other work too gets two. */
    private static final Duration PROMISED = Duration.ofMinutes(2);

    @TempDir Path directory;

    private final Seed seed = Seed.fresh();
    private final Map<String, Integer> kept = Collections.synchronizedMap(new LinkedHashMap<>());
    private final AtomicInteger named = new AtomicInteger();
    private final Opened opened = new Opened();
    private long deletedNanos;
    private volatile long lastRefusedNanos;
    private ServerProcess server;
    private S3Client s3;

    @BeforeEach
    void start() {
        SmallDisk disk = opened.add(SmallDisk.mount(directory, DISK_BYTES));
        server = opened.add(ServerProcess.start(disk.path().resolve("data")));
        s3 = opened.add(Clients.s3(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET));
        s3.createBucket(b -> b.bucket(BUCKET));
    }

    @AfterEach
    void end() {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(lastRefusedNanos - deletedNanos);
        System.out.println("Refused for the last time " + seconds + " s after the last delete");
        opened.close();
    }

    @Test
    void whatIsDeletedFreesSpaceWithinAMinuteAndTakesNothingFromReaders() throws Exception {
        String upload = s3.createMultipartUpload(b -> b.bucket(BUCKET).key("paused")).uploadId();
        CompletedPart first = part(upload, 1);
        fill();
        refusesAllThatBringsBytes(upload);
        String read = kept.keySet().iterator().next();
        try (ResponseInputStream<GetObjectResponse> download =
                s3.getObject(b -> b.bucket(BUCKET).key(read))) {
            byte[] head = download.readNBytes(100_000);
            List<String> deleted = deleteEveryOther();
            assertTrue(deleted.contains(read));
            refill(deleted.size());
            byte[] all = Arrays.copyOf(head, OBJECT_BYTES);
            assertEquals(
                    OBJECT_BYTES - head.length,
                    download.readNBytes(all, head.length, OBJECT_BYTES - head.length));
            same(content(read, OBJECT_BYTES), all, read);
        }
        s3.deleteObject(b -> b.bucket(BUCKET).key(lastKept()));
        kept.remove(lastKept());
        finish(upload, first, awaitPut(() -> part(upload, 2)));
        verifyKept();
    }

    @Test
    void itDoesSoAfterKillNineInTheMiddle() throws Exception {
        String upload = s3.createMultipartUpload(b -> b.bucket(BUCKET).key("paused")).uploadId();
        CompletedPart first = part(upload, 1);
        Random random = seed.random();
        for (int round = 0; round < 2; round++) {
            fill();
            int deleted = deleteEveryOther().size();
            Thread.sleep(random.nextInt(6_000)); // any moment of the reclaiming will do
            server.kill();
            server.launch();
            refill(deleted);
            verifyKept();
        }
        deleteEveryOther();
        finish(upload, first, awaitPut(() -> part(upload, 2)));
        verifyKept();
    }

    @Test
    void aDiskFullOfSmallObjectsDoesSoToo() throws Exception {
        together(() -> fill(SMALL_BYTES));
        int deleted = deleteEveryOther().size();
        AtomicInteger left = new AtomicInteger(deleted * 4 / 5);
        long end = System.nanoTime() + PROMISED.toNanos();
        together(
                () -> {
                    while (left.getAndDecrement() > 0) {
                        awaitPut(() -> put(next(), SMALL_BYTES), end);
                    }
                });
        verifyKept();
    }

    /** A few clients at once. */
    private static void together(Runnable client) throws Exception {
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            for (Future<?> done :
                    clients.invokeAll(Collections.nCopies(CLIENTS, Executors.callable(client)))) {
                done.get();
            }
        }
    }

    private void fill() {
        fill(OBJECT_BYTES);
    }

    private void fill(int bytes) {
        S3Exception full = assertThrows(S3Exception.class, () -> putMany(100_000, bytes));
        assertEquals(507, full.statusCode(), server.log());
        assertTrue(full.getMessage().contains("delete objects"), full.getMessage());
    }

    private void putMany(int count, int bytes) {
        for (int i = 0; i < count; i++) {
            put(next(), bytes);
        }
    }

    private String next() {
        return "object-" + named.getAndIncrement();
    }

    private String put(String key, int bytes) {
        s3.putObject(b -> b.bucket(BUCKET).key(key), RequestBody.fromBytes(content(key, bytes)));
        kept.put(key, bytes);
        return key;
    }

    private CompletedPart part(String upload, int number) {
        RequestBody body = RequestBody.fromBytes(content("part" + number, PART_BYTES));
        String etag =
                s3.uploadPart(
                                b ->
                                        b.bucket(BUCKET)
                                                .key("paused")
                                                .uploadId(upload)
                                                .partNumber(number),
                                body)
                        .eTag();
        return CompletedPart.builder().partNumber(number).eTag(etag).build();
    }

    private void refusesAllThatBringsBytes(String upload) {
        refused(() -> put("tiny", 10));
        refused(() -> part(upload, 2));
        refused(() -> s3.createMultipartUpload(b -> b.bucket(BUCKET).key("another")));
        refused(
                () ->
                        s3.copyObject(
                                b ->
                                        b.sourceBucket(BUCKET)
                                                .sourceKey("object-0")
                                                .destinationBucket(BUCKET)
                                                .destinationKey("copy")));
        OSS oss = Clients.oss(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET, null);
        try {
            AppendObjectRequest append =
                    new AppendObjectRequest(BUCKET, "log", new ByteArrayInputStream(new byte[9]));
            append.setPosition(0L);
            OSSException e = assertThrows(OSSException.class, () -> oss.appendObject(append));
            assertTrue(e.getMessage().contains("delete objects"), e.getMessage());
        } finally {
            oss.shutdown();
        }
    }

    private static void refused(Runnable request) {
        assertEquals(507, assertThrows(S3Exception.class, request::run).statusCode());
    }

    private List<String> deleteEveryOther() {
        List<String> keys = List.copyOf(kept.keySet());
        List<String> deleted = new ArrayList<>();
        for (int i = 0; i < keys.size(); i += 2) {
            deleted.add(keys.get(i));
        }
        for (int from = 0; from < deleted.size(); from += 1_000) {
            List<ObjectIdentifier> some =
                    deleted.subList(from, Math.min(from + 1_000, deleted.size())).stream()
                            .map(key -> ObjectIdentifier.builder().key(key).build())
                            .toList();
            assertEquals(
                    some.size(),
                    s3.deleteObjects(b -> b.bucket(BUCKET).delete(d -> d.objects(some)))
                            .deleted()
                            .size());
        }
        deleted.forEach(kept::remove);
        deletedNanos = System.nanoTime();
        return deleted;
    }

    /** Four of five deleted objects' space is back within the promised time. */
    private void refill(int deleted) {
        int wanted = deleted * 4 / 5;
        long end = System.nanoTime() + PROMISED.toNanos();
        for (int i = 0; i < wanted; i++) {
            awaitPut(() -> put(next(), OBJECT_BYTES), end);
        }
    }

    private <T> T awaitPut(Supplier<T> put) {
        return awaitPut(put, System.nanoTime() + PROMISED.toNanos());
    }

    private <T> T awaitPut(Supplier<T> put, long end) {
        while (true) {
            try {
                return put.get();
            } catch (S3Exception e) {
                assertEquals(507, e.statusCode(), server.log());
                lastRefusedNanos = System.nanoTime();
                assertTrue(lastRefusedNanos < end, "still full; " + seed + "\n" + server.log());
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private String lastKept() {
        return kept.keySet().stream().reduce((a, b) -> b).orElseThrow();
    }

    private void finish(String upload, CompletedPart... parts) {
        s3.completeMultipartUpload(
                b ->
                        b.bucket(BUCKET)
                                .key("paused")
                                .uploadId(upload)
                                .multipartUpload(m -> m.parts(parts)));
        byte[] whole = Arrays.copyOf(content("part1", PART_BYTES), 2 * PART_BYTES);
        System.arraycopy(content("part2", PART_BYTES), 0, whole, PART_BYTES, PART_BYTES);
        same(whole, get("paused"), "paused");
    }

    private void verifyKept() {
        kept.forEach((key, bytes) -> same(content(key, bytes), get(key), key));
    }

    private byte[] get(String key) {
        return s3.getObjectAsBytes(b -> b.bucket(BUCKET).key(key)).asByteArray();
    }

    private void same(byte[] wanted, byte[] found, String what) {
        assertEquals(wanted.length, found.length, "length of " + what + "; " + seed);
        assertEquals(
                -1, Arrays.mismatch(wanted, found), "first wrong byte of " + what + "; " + seed);
    }

    private static byte[] content(String key, int length) {
        byte[] bytes = new byte[length];
        new Random(key.hashCode()).nextBytes(bytes);
        return bytes;
    }
}
