package io.millrace.e2e.camera;

import com.aliyun.oss.ClientException;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.model.AppendObjectRequest;
import com.aliyun.oss.model.ObjectMetadata;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A camera that appends through the OSS SDK: begins objects anywhere in its stream, rolls over
 * while the older ones lack bytes, and sends those later. When an answer is lost it asks how far
 * the object reaches and goes on from there.
 */
final class Recorder implements Runnable {
    private static final int MOST_ROUNDS = 100_000;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** What the whole run did. */
    record Tally(AtomicLong appends, AtomicLong lateAppends, AtomicLong lost, AtomicLong bytes) {
        Tally() {
            this(new AtomicLong(), new AtomicLong(), new AtomicLong(), new AtomicLong());
        }
    }

    /**
     * An object that is recorded.
     *
     * @param first where its first keyframe begins
     * @param captured what the camera says of it
     */
    static final class Recording {
        final String key;
        final byte[] content;
        final int first;
        final @Nullable Instant captured;
        private int sent;

        Recording(String key, byte[] content, int first, @Nullable Instant captured) {
            this.key = key;
            this.content = content;
            this.first = first;
            this.captured = captured;
        }
    }

    final String device;
    final List<Recording> recordings = new ArrayList<>();
    private final String bucket;
    private final OSS oss;
    private final Tally tally;
    private final Random random;

    Recorder(
            String device, String bucket, OSS oss, Clip clip, int objects, Random random, Tally t) {
        this.device = device;
        this.bucket = bucket;
        this.oss = oss;
        this.tally = t;
        this.random = random;
        for (int i = 0; i < objects; i++) {
            recordings.add(recording(clip, i));
        }
    }

    /** Half of them begin at a keyframe; the others anywhere, in the middle of a packet too. */
    private Recording recording(Clip clip, int number) {
        int seconds = 4 + random.nextInt(12);
        int group = random.nextInt(clip.keyframes().size() - seconds - 2);
        int from = clip.keyframes().get(group) + (random.nextBoolean() ? 0 : random.nextInt(9_000));
        int to = clip.keyframes().get(group + seconds) + random.nextInt(1_000);
        boolean says = random.nextInt(4) == 0;
        Instant captured =
                Instant.now().minusSeconds(86_400L * (1 + number) + random.nextInt(80_000));
        return new Recording(
                device + "/%04d.ts".formatted(number),
                clip.part(from, to),
                clip.keyframeFrom(from) - from,
                says ? Instant.ofEpochMilli(captured.toEpochMilli()) : null);
    }

    @Override
    public void run() {
        for (int current = 0; current < recordings.size(); current++) {
            append(recordings.get(current), false);
            while (random.nextInt(4) != 0) {
                append(recordings.get(current), false);
                if (random.nextInt(3) == 0) {
                    append(recordings.get(random.nextInt(current + 1)), true);
                }
            }
        }
        for (int i = 0; i < MOST_ROUNDS; i++) {
            List<Recording> unfinished =
                    recordings.stream().filter(r -> r.sent < r.content.length).toList();
            if (unfinished.isEmpty()) {
                return;
            }
            append(unfinished.get(random.nextInt(unfinished.size())), true);
        }
        throw new AssertionError(device + " does not come to an end");
    }

    private void append(Recording r, boolean late) {
        int length = Math.min(r.content.length - r.sent, 500 + random.nextInt(60_000));
        if (length <= 0) {
            return;
        }
        byte[] bytes = Arrays.copyOfRange(r.content, r.sent, r.sent + length);
        ObjectMetadata metadata = new ObjectMetadata();
        if (r.captured != null && r.sent == 0) {
            metadata.addUserMetadata("capture-time", r.captured.toString());
        }
        AppendObjectRequest request =
                new AppendObjectRequest(bucket, r.key, new ByteArrayInputStream(bytes), metadata);
        request.setPosition((long) r.sent);
        try {
            oss.appendObject(request);
            r.sent += length;
            tally.appends.incrementAndGet();
            tally.bytes.addAndGet(length);
            if (late) {
                tally.lateAppends.incrementAndGet();
            }
        } catch (OSSException | ClientException e) {
            tally.lost.incrementAndGet();
            r.sent = reached(r);
        }
    }

    /** How far the object reaches, once the server says so. */
    private int reached(Recording r) {
        Exception last = null;
        for (long end = System.nanoTime() + PATIENCE.toNanos(); System.nanoTime() < end; ) {
            try {
                return (int) oss.getObjectMetadata(bucket, r.key).getContentLength();
            } catch (OSSException e) {
                if (e.getErrorCode().equals("NoSuchKey")) {
                    return 0;
                }
                last = e;
            } catch (ClientException e) {
                last = e;
            }
            try {
                Thread.sleep(200);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        throw new AssertionError("the server is not back", last);
    }
}
