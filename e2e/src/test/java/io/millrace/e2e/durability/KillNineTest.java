package io.millrace.e2e.durability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.oss.ClientException;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.model.AppendObjectRequest;
import io.millrace.e2e.Clients;
import io.millrace.e2e.ServerProcess;
import io.millrace.testkit.Seed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/**
 * Storms of puts (AWS SDK) and appends (OSS SDK), ended by kill −9 at random moments: what was
 * acknowledged is there to the last byte, and what was not is there whole or not at all.
 */
class KillNineTest {
    private static final int ROUNDS = Integer.getInteger("millrace.kills", 10);
    private static final int LEAST_PUTS = 6;
    private static final int PUTTERS = 6;
    private static final int APPENDERS = 4;
    private static final String BUCKET = "storm";

    @TempDir Path directory;

    private final Seed seed = Seed.fresh();
    private final Map<String, Integer> acknowledgedPuts = new ConcurrentHashMap<>();
    private final Map<String, Integer> openPuts = new ConcurrentHashMap<>();
    private final Map<String, ByteArrayOutputStream> appended = new ConcurrentHashMap<>();
    private final Map<String, byte[]> openAppends = new ConcurrentHashMap<>();

    @Test
    void noAcknowledgedByteIsLostInTwentyKills() throws Exception {
        Random random = seed.random();
        try (ServerProcess server = ServerProcess.start(directory)) {
            try (S3Client s3 = s3(server)) {
                s3.createBucket(b -> b.bucket(BUCKET));
            }
            for (int round = 0; round < ROUNDS; round++) {
                storm(server, round, 200 + random.nextInt(900));
                server.launch();
                verify(server, round);
            }
        }
        assertTrue(
                acknowledgedPuts.size() >= ROUNDS * LEAST_PUTS,
                "only " + acknowledgedPuts.size() + " puts were acknowledged");
        long bytes = appended.values().stream().mapToLong(ByteArrayOutputStream::size).sum();
        assertTrue(bytes > 100_000, "only " + bytes + " bytes were appended");
        System.out.printf(
                "%d kills, %d puts, %d appended bytes, nothing lost%n",
                ROUNDS, acknowledgedPuts.size(), bytes);
    }

    private static S3Client s3(ServerProcess server) {
        return Clients.s3(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET);
    }

    private static OSS oss(ServerProcess server) {
        return Clients.oss(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET, null);
    }

    private void storm(ServerProcess server, int round, int millis) throws InterruptedException {
        AtomicBoolean over = new AtomicBoolean();
        openPuts.clear();
        openAppends.clear();
        ExecutorService clients = Executors.newFixedThreadPool(PUTTERS + APPENDERS);
        for (int i = 0; i < PUTTERS; i++) {
            int worker = i;
            clients.execute(() -> put(server, round, worker, over));
        }
        for (int i = 0; i < APPENDERS; i++) {
            int worker = i;
            clients.execute(() -> append(server, round, worker, over));
        }
        int before = acknowledgedPuts.size();
        Thread.sleep(millis);
        awaitAcknowledged(before + LEAST_PUTS);
        server.kill();
        over.set(true);
        clients.shutdown();
        assertTrue(clients.awaitTermination(3, TimeUnit.MINUTES), "clients hang");
    }

    /**
     * A kill says something only where something was promised: on a busy machine that takes longer.
     */
    private void awaitAcknowledged(int puts) throws InterruptedException {
        for (int i = 0; i < 6000 && acknowledgedPuts.size() < puts; i++) {
            Thread.sleep(10);
        }
    }

    private void put(ServerProcess server, int round, int worker, AtomicBoolean over) {
        Random random = new Random(round * 1000L + worker);
        try (S3Client s3 = s3(server)) {
            for (int i = 0; !over.get(); i++) {
                String key = "put/" + round + "/" + worker + "/" + i;
                int length =
                        random.nextInt(4) == 0 ? random.nextInt(1 << 20) : random.nextInt(24 << 10);
                openPuts.put(key, length);
                s3.putObject(
                        b -> b.bucket(BUCKET).key(key),
                        RequestBody.fromBytes(content(key, length)));
                acknowledgedPuts.put(key, length);
                openPuts.remove(key);
            }
        } catch (SdkException e) {
            // the server died, as it should
        }
    }

    private void append(ServerProcess server, int round, int worker, AtomicBoolean over) {
        Random random = new Random(round * 1000L + 500 + worker);
        String key = "append/" + worker; // grows over all rounds
        ByteArrayOutputStream known =
                appended.computeIfAbsent(key, k -> new ByteArrayOutputStream());
        OSS oss = oss(server);
        try {
            while (!over.get()) {
                byte[] bytes =
                        new byte[1 + random.nextInt(random.nextInt(5) == 0 ? 200_000 : 8_000)];
                random.nextBytes(bytes);
                openAppends.put(key, bytes);
                AppendObjectRequest request =
                        new AppendObjectRequest(BUCKET, key, new ByteArrayInputStream(bytes));
                request.setPosition((long) known.size());
                oss.appendObject(request);
                known.writeBytes(bytes);
                openAppends.remove(key);
            }
        } catch (OSSException | ClientException e) {
            // the server died, as it should
        } finally {
            oss.shutdown();
        }
    }

    private void verify(ServerProcess server, int round) throws IOException {
        boolean last = round == ROUNDS - 1;
        try (S3Client s3 = s3(server)) {
            for (Map.Entry<String, Integer> put : acknowledgedPuts.entrySet()) {
                if (last || put.getKey().startsWith("put/" + round + "/")) {
                    byte[] found =
                            s3.getObjectAsBytes(b -> b.bucket(BUCKET).key(put.getKey()))
                                    .asByteArray();
                    same(content(put.getKey(), put.getValue()), found, put.getKey());
                }
            }
            for (Map.Entry<String, Integer> put : openPuts.entrySet()) {
                try {
                    byte[] found =
                            s3.getObjectAsBytes(b -> b.bucket(BUCKET).key(put.getKey()))
                                    .asByteArray();
                    same(
                            content(put.getKey(), put.getValue()),
                            found,
                            put.getKey() + " (not acknowledged)");
                } catch (NoSuchKeyException e) {
                    // not acknowledged, not there
                }
            }
            for (String key : appended.keySet()) {
                verifyAppended(s3, key);
            }
        }
    }

    private void verifyAppended(S3Client s3, String key) {
        ByteArrayOutputStream known = appended.get(key);
        byte[] found;
        try {
            found = s3.getObjectAsBytes(b -> b.bucket(BUCKET).key(key)).asByteArray();
        } catch (NoSuchKeyException e) {
            assertEquals(0, known.size(), key + " is gone; " + seed);
            return;
        }
        byte[] open = openAppends.get(key);
        if (open != null && found.length == known.size() + open.length) {
            known.writeBytes(open); // stored, but the answer was lost
        }
        same(known.toByteArray(), found, key);
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
