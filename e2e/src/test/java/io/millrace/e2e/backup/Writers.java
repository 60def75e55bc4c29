package io.millrace.e2e.backup;

import com.aliyun.oss.ClientException;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.model.AppendObjectRequest;
import io.millrace.e2e.Clients;
import io.millrace.e2e.ServerProcess;
import io.millrace.testkit.Seed;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * Puts, overwrites, deletes, appends and multipart uploads through the doors until told to stop.
 */
final class Writers implements AutoCloseable {
    static final String BUCKET = "load";
    private static final int PUTTERS = 3;
    private static final int APPENDERS = 2;
    private static final int KEYS = 40;
    private static final long LONGEST = 3_000_000;

    private final ServerProcess server;
    private final Histories histories;
    private final long seed;
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong bytes = new AtomicLong();
    private final List<Thread> threads = new ArrayList<>();
    private volatile Throwable failure;

    Writers(ServerProcess server, Histories histories, Seed seed) {
        this.server = server;
        this.histories = histories;
        this.seed = seed.random().nextLong();
        for (int i = 0; i < PUTTERS; i++) {
            int worker = i;
            start(() -> put(worker));
        }
        for (int i = 0; i < APPENDERS; i++) {
            int worker = i;
            start(() -> append(worker));
        }
        start(this::multipart);
    }

    private void start(Histories.Step work) {
        threads.add(
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        work.run();
                                    } catch (SdkException | OSSException | ClientException e) {
                                        failure = over.get() ? failure : e;
                                    } catch (Exception | Error e) {
                                        failure = e;
                                    }
                                }));
    }

    private S3Client s3() {
        return Clients.s3(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET);
    }

    private void put(int worker) throws Exception {
        Random random = new Random(seed + worker);
        try (S3Client s3 = s3()) {
            for (int i = 0; !over.get(); i++) {
                String key = "put/" + worker + "/" + random.nextInt(KEYS);
                if (random.nextInt(6) == 0) {
                    histories.run(key, null, () -> s3.deleteObject(b -> b.bucket(BUCKET).key(key)));
                    continue;
                }
                int length =
                        random.nextInt(12) == 0 ? random.nextInt(400_000) : random.nextInt(24_000);
                Histories.Content content = new Histories.Content(key + i, length);
                histories.run(
                        key,
                        content,
                        () ->
                                s3.putObject(
                                        b -> b.bucket(BUCKET).key(key),
                                        RequestBody.fromBytes(content.bytes())));
                bytes.addAndGet(length);
            }
        }
    }

    private void append(int worker) throws Exception {
        Random random = new Random(seed + 100 + worker);
        OSS oss = Clients.oss(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET, null);
        try {
            for (int object = 0; !over.get(); object++) {
                String key = "grow/" + worker + "/" + object;
                byte[] all = new Histories.Content(key, LONGEST).bytes();
                int length = 0;
                while (!over.get() && length < LONGEST - 200_000) {
                    int from = length;
                    int more = 1 + random.nextInt(random.nextInt(4) == 0 ? 150_000 : 12_000);
                    length += more;
                    AppendObjectRequest request =
                            new AppendObjectRequest(
                                    BUCKET,
                                    key,
                                    new ByteArrayInputStream(
                                            Arrays.copyOfRange(all, from, length)));
                    request.setPosition((long) from);
                    histories.run(
                            key,
                            new Histories.Content(key, length),
                            () -> oss.appendObject(request));
                    bytes.addAndGet(more);
                }
            }
        } finally {
            oss.shutdown();
        }
    }

    private void multipart() throws Exception {
        Random random = new Random(seed + 200);
        try (S3Client s3 = s3()) {
            for (int i = 0; !over.get(); i++) {
                String key = "parts/" + random.nextInt(KEYS);
                int first = 110_000 + random.nextInt(200_000);
                int second = 1 + random.nextInt(50_000);
                Histories.Content content = new Histories.Content(key + i, first + second);
                byte[] all = content.bytes();
                String id = s3.createMultipartUpload(b -> b.bucket(BUCKET).key(key)).uploadId();
                List<CompletedPart> parts =
                        List.of(
                                part(s3, key, id, 1, Arrays.copyOf(all, first)),
                                part(s3, key, id, 2, Arrays.copyOfRange(all, first, all.length)));
                histories.run(
                        key,
                        content,
                        () ->
                                s3.completeMultipartUpload(
                                        b ->
                                                b.bucket(BUCKET)
                                                        .key(key)
                                                        .uploadId(id)
                                                        .multipartUpload(m -> m.parts(parts))));
                bytes.addAndGet(all.length);
            }
        }
    }

    private static CompletedPart part(S3Client s3, String key, String id, int number, byte[] of) {
        String etag =
                s3.uploadPart(
                                b -> b.bucket(BUCKET).key(key).uploadId(id).partNumber(number),
                                RequestBody.fromBytes(of))
                        .eTag();
        return CompletedPart.builder().partNumber(number).eTag(etag).build();
    }

    long bytes() {
        return bytes.get();
    }

    /** Stops and fails if a writer met an error while the server ran. */
    @Override
    public void close() throws InterruptedException {
        over.set(true);
        for (Thread thread : threads) {
            thread.join(60_000);
        }
        if (failure != null) {
            throw new AssertionError("a writer failed", failure);
        }
    }
}
