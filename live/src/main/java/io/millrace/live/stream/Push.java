package io.millrace.live.stream;

import io.millrace.formats.FormatException;
import io.millrace.formats.aac.AacConfig;
import io.millrace.formats.aac.Adts;
import io.millrace.formats.amf.AmfValue;
import io.millrace.formats.flv.FlvAudio;
import io.millrace.formats.flv.FlvVideo;
import io.millrace.formats.h264.AnnexB;
import io.millrace.formats.h264.AvcConfig;
import io.millrace.formats.mpegts.TsMuxer;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.live.record.MediaDescription;
import io.millrace.live.rtmp.Ingest;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One publisher's push: tags in, segments out.
 *
 * <p>A damaged access unit is dropped with all that follow up to the next keyframe, counted, and
 * shown in the stream's status; the push goes on. Used by its connection's thread alone; the
 * counters may be read from any.
 */
final class Push implements Ingest.Publication {
    /** Its length has 13 bits. */
    private static final int MAX_ADTS_FRAME = 8 * 1024 - 1;

    private final LiveStream stream;
    private final Ingest.Peer peer;
    private final MonotonicClock clock;
    private final long beganMicros;
    private final long beganNanos;
    private final Timeline timeline = new Timeline();
    private final Segmenter segmenter;
    private final Interleave interleave;
    private final AnnexB annexB = new AnnexB();
    private final byte[] adts = new byte[MAX_ADTS_FRAME];
    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable AvcConfig avc;
    private @Nullable AacConfig aac;
    private boolean videoExpected;
    private boolean waitForKeyframe;
    private boolean jumped;
    private double metadataRate;

    private volatile long bytes;
    private volatile long dropped;

    Push(LiveStream stream, Ingest.Peer peer, Clocks clocks, Segmenter segmenter) {
        this.stream = stream;
        this.peer = peer;
        this.clock = clocks.monotonic();
        this.beganMicros = clocks.wall().millis() * 1_000;
        this.beganNanos = clock.nanos();
        this.segmenter = segmenter;
        this.interleave = new Interleave(segmenter);
    }

    Ingest.Peer peer() {
        return peer;
    }

    long bytes() {
        return bytes;
    }

    /** Access units dropped. */
    long dropped() {
        return dropped;
    }

    long keyframeIntervalMicros() {
        return segmenter.keyframeIntervalMicros();
    }

    @Override
    public void metadata(AmfValue.Obj data) {
        videoExpected |= data.fields().containsKey("videocodecid");
        interleave.picture(videoExpected || avc != null);
        double rate = data.number("framerate", 0);
        metadataRate = rate > 0 && rate < 1_000 ? rate : 0;
    }

    @Override
    public void video(long timestamp, byte[] tag) {
        add(tag.length);
        FlvVideo parsed;
        try {
            parsed = FlvVideo.parse(tag);
        } catch (FormatException e) {
            refuseUnsupported(e);
            damaged(e);
            return;
        }
        switch (parsed) {
            case FlvVideo.Config c -> videoConfig(c);
            case FlvVideo.Frame f -> frame(timestamp, f);
            case FlvVideo.Nothing n -> {}
        }
    }

    private void videoConfig(FlvVideo.Config c) {
        AvcConfig config;
        try {
            config = AvcConfig.parse(c.bytes(), c.offset(), c.bytes().length - c.offset());
        } catch (FormatException e) {
            damaged(e);
            return;
        }
        AvcConfig before = avc;
        boolean changed = before != null && !before.sameAs(config);
        avc = config;
        if (before == null || changed) {
            waitForKeyframe = true;
            interleave.picture(true);
            interleave.streams(true, aac != null, changed);
            describe();
        }
    }

    private void frame(long timestamp, FlvVideo.Frame f) {
        AvcConfig config = avc;
        if (config == null) {
            drop();
            return;
        }
        try {
            annexB.convert(config, f.bytes(), f.offset(), f.keyframe());
        } catch (FormatException e) {
            damaged(e);
            return;
        }
        boolean keyframe = annexB.idr() || f.keyframe();
        if (waitForKeyframe && !keyframe || !annexB.slices()) {
            drop();
            return;
        }
        stamp(Timeline.Track.VIDEO, timestamp, f.compositionMilliseconds(), 0);
        waitForKeyframe = false;
        boolean anew = jumped && keyframe;
        jumped &= !anew;
        interleave.video(
                annexB.bytes(),
                annexB.length(),
                timeline.pts(),
                timeline.dts(),
                keyframe,
                annexB.idr(),
                anew,
                wallMicros());
    }

    @Override
    public void audio(long timestamp, byte[] tag) {
        add(tag.length);
        FlvAudio parsed;
        try {
            parsed = FlvAudio.parse(tag);
        } catch (FormatException e) {
            refuseUnsupported(e);
            drop();
            return;
        }
        switch (parsed) {
            case FlvAudio.Config c -> audioConfig(c);
            case FlvAudio.Frame f -> audioFrame(timestamp, f);
            case FlvAudio.Nothing n -> {}
        }
    }

    private void audioConfig(FlvAudio.Config c) {
        AacConfig config;
        try {
            config = AacConfig.parse(c.bytes(), c.offset(), c.bytes().length - c.offset());
        } catch (FormatException e) {
            refuseUnsupported(e);
            drop();
            return;
        }
        AacConfig before = aac;
        if (config.equals(before)) {
            return;
        }
        aac = config;
        waitForKeyframe = true; // the program's tables change: a segment begins anew
        interleave.streams(avc != null, true, before != null);
        describe();
    }

    private void audioFrame(long timestamp, FlvAudio.Frame f) {
        AacConfig config = aac;
        int size = f.bytes().length - f.offset();
        if (config == null || size + Adts.HEADER_BYTES > MAX_ADTS_FRAME) {
            drop();
            return;
        }
        long ticks = (long) AacConfig.FRAME_SAMPLES * TsMuxer.TICKS / config.sampleRateHertz();
        stamp(Timeline.Track.AUDIO, timestamp, 0, ticks);
        if (jumped && avc == null) {
            jumped = false;
            interleave.discontinue();
        }
        Adts.write(config, size, adts, 0);
        System.arraycopy(f.bytes(), f.offset(), adts, Adts.HEADER_BYTES, size);
        interleave.audio(adts, size + Adts.HEADER_BYTES, timeline.pts(), ticks, wallMicros());
    }

    private void stamp(Timeline.Track track, long timestamp, int composition, long ticks) {
        if (timeline.stamp(track, timestamp, composition, ticks) == Timeline.Verdict.JUMPED) {
            jumped = true;
            stream.problem("the publisher's timestamps jumped");
        }
    }

    /** The wall clock as it was when this push began, and what has passed since. */
    private long wallMicros() {
        return beganMicros + (clock.nanos() - beganNanos) / 1_000;
    }

    private void describe() {
        AvcConfig v = avc;
        AacConfig a = aac;
        double rate =
                v != null && v.sps().framesPerSecond() > 0
                        ? v.sps().framesPerSecond()
                        : metadataRate;
        stream.describe(
                new MediaDescription(
                        v == null ? null : v.sps().codec(),
                        v == null ? 0 : v.sps().width(),
                        v == null ? 0 : v.sps().height(),
                        v == null ? 0 : rate,
                        a == null ? null : a.codec(),
                        a == null ? 0 : a.sampleRateHertz(),
                        a == null ? 0 : a.channels()));
    }

    private static void refuseUnsupported(FormatException e) {
        if (e.code() == FormatException.Code.UNSUPPORTED) {
            throw e;
        }
    }

    private void damaged(FormatException e) {
        waitForKeyframe = true;
        drop();
        stream.problem("damaged video: " + e.getMessage());
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    private void drop() {
        dropped++;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    private void add(int count) {
        bytes += count;
    }

    @Override
    public void end(String why) {
        try {
            interleave.finish();
        } finally {
            stream.pushEnded(this, why);
            ended.countDown();
        }
    }

    /** Waits until the push has handed over its last segment, or for so long. */
    void awaitEnd(long milliseconds) throws InterruptedException {
        ended.await(milliseconds, TimeUnit.MILLISECONDS);
    }
}
