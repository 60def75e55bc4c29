package io.millrace.e2e.nodes;

import com.aliyun.oss.ClientException;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.model.AppendObjectRequest;
import io.millrace.e2e.ConsoleClient;
import io.millrace.e2e.ServerProcess;
import io.millrace.e2e.camera.Clip;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Cameras that append and roll over all the time: one at each node, and one whose objects begin now
 * here, now there. When a node is gone they wait, ask how far the object reaches and go on.
 */
final class Recorders implements AutoCloseable {
    private static final String BUCKET = "cameras";
    private static final String BODY =
            "{\"id\":\"%1$s\",\"bucket\":\"" + BUCKET + "\",\"prefix\":\"%1$s/\"}";
    private static final int SEGMENT_BYTES = 29;

    private final CountDownLatch over = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();
    private final List<Camera> cameras = new ArrayList<>();
    private final List<OSS> nodes;
    private final Clip clip;
    private final Findings findings;

    private Recorders(List<OSS> nodes, Clip clip, Findings findings) {
        this.nodes = nodes;
        this.clip = clip;
        this.findings = findings;
    }

    /** Registers the cameras and begins to record. */
    static Recorders start(
            List<ServerProcess> servers, Path directory, Random random, Findings findings) {
        List<OSS> nodes = servers.stream().map(Clientele::oss).toList();
        nodes.getFirst().createBucket(BUCKET);
        Recorders recorders = new Recorders(nodes, Clip.encode(directory, 40), findings);
        try (ConsoleClient console = new ConsoleClient(servers.getFirst().console())) {
            for (int i = 0; i <= nodes.size(); i++) {
                Random own = new Random(random.nextLong());
                Camera camera = recorders.new Camera("cam" + i, i, own);
                console.post("/api/devices", BODY.formatted(camera.device));
                recorders.cameras.add(camera);
                recorders.threads.add(Thread.ofVirtual().start(camera::record));
            }
        }
        return recorders;
    }

    /** One of them, and how long each of its objects is. */
    private final class Camera {
        final String device;
        final List<Long> lengths = new ArrayList<>();
        private final int home;
        private final Random random;

        Camera(String device, int home, Random random) {
            this.device = device;
            this.home = home;
            this.random = random;
        }

        void record() {
            try {
                for (int number = 0; over.getCount() > 0; number++) {
                    int node = home < nodes.size() ? home : random.nextInt(nodes.size());
                    lengths.add(object(nodes.get(node), device + "/%05d.ts".formatted(number)));
                    findings.operation("camera objects");
                }
            } catch (RuntimeException | InterruptedException e) {
                findings.wrong(device + " can't go on: " + e);
            }
        }

        private long object(OSS node, String key) throws InterruptedException {
            int sent = 0;
            int end = clip.keyframes().get(2 + random.nextInt(clip.keyframes().size() - 2));
            while (sent < end && (sent == 0 || over.getCount() > 0)) {
                int length = Math.min(end - sent, 1_000 + random.nextInt(30_000));
                AppendObjectRequest request =
                        new AppendObjectRequest(
                                BUCKET, key, new ByteArrayInputStream(clip.bytes(), sent, length));
                request.setPosition((long) sent);
                try {
                    node.appendObject(request);
                    sent += length;
                } catch (OSSException | ClientException e) {
                    sent = reached(node, key);
                }
                over.await(random.nextInt(300), TimeUnit.MILLISECONDS);
            }
            return sent;
        }

        /** How far the object reaches, once its node says so. */
        private int reached(OSS node, String key) throws InterruptedException {
            while (true) {
                try {
                    return (int) node.getObjectMetadata(BUCKET, key).getContentLength();
                } catch (OSSException e) {
                    if (e.getErrorCode().equals("NoSuchKey")) {
                        return 0;
                    }
                } catch (ClientException e) {
                    // Killed or paused.
                }
                TimeUnit.MILLISECONDS.sleep(300);
            }
        }
    }

    /** Objects that were recorded. */
    int objects() {
        return cameras.stream().mapToInt(camera -> camera.lengths.size()).sum();
    }

    /**
     * Which cameras' objects are not in the index from their first keyframe on, each byte once; for
     * when they ended.
     */
    List<String> missing(KeySpace keySpace) {
        List<String> missing = new ArrayList<>();
        for (Camera camera : cameras) {
            int first = clip.keyframes().getFirst();
            List<String> recorded =
                    camera.lengths.stream().map(n -> first + "-" + n).sorted().toList();
            List<String> held = held(keySpace, camera.device);
            if (!held.equals(recorded)) {
                missing.add(camera.device + " recorded " + recorded + ", indexed is " + held);
            }
        }
        return missing;
    }

    /** The ranges that the segments of each object make; {@code docs/formats/cameras.md}. */
    private static List<String> held(KeySpace keySpace, String device) {
        byte[] prefix = Keys.family('S').u8('c').u8('r').text(device).done();
        Map<Long, TreeMap<Long, Long>> objects = new HashMap<>();
        List<Entry> page;
        byte[] after = prefix;
        do {
            page = keySpace.scan(Scan.prefixAfter(prefix, after, 500));
            for (Entry run : page) {
                long object = Keys.read(run.key(), prefix.length).u64();
                ByteBuffer in = ByteBuffer.wrap(run.value(), 1, run.value().length - 1);
                while (in.hasRemaining()) {
                    int next = in.position() + SEGMENT_BYTES;
                    objects.computeIfAbsent(object, o -> new TreeMap<>())
                            .merge(in.getLong(), in.getLong(), Long::sum);
                    in.position(next);
                }
                after = run.key();
            }
        } while (page.size() == 500);
        return objects.values().stream().map(Recorders::ranges).sorted().toList();
    }

    private static String ranges(TreeMap<Long, Long> segments) {
        StringBuilder out = new StringBuilder();
        long end = -1;
        for (Map.Entry<Long, Long> segment : segments.entrySet()) {
            if (segment.getKey() != end) {
                out.append(end < 0 ? "" : end + " ").append(segment.getKey()).append('-');
            }
            end = segment.getKey() + segment.getValue();
        }
        return out.append(end).toString();
    }

    @Override
    public void close() throws InterruptedException {
        over.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        nodes.forEach(OSS::shutdown);
    }
}
