package io.millrace.media.video;

import io.millrace.kit.process.ChildResult;
import io.millrace.media.process.ImageFormat;
import io.millrace.media.process.MediaProcess.Snapshot;
import io.millrace.media.process.RefusedException;
import io.millrace.store.objects.ObjectReader;
import java.util.ArrayList;
import java.util.List;

/** {@code video/snapshot}: one frame of a video as a JPEG or PNG. */
public final class Snapshots {
    private static final int MAX_PICTURE_BYTES = 64 << 20;
    private static final int MAX_PIXELS = 8192 * 8192;

    /** How many seconds before the last picture reading begins; at last, from the start. */
    private static final List<Double> LEADS = List.of(0.0, 12.0, Double.MAX_VALUE);

    private final Ffmpeg ffmpeg;

    public Snapshots(Ffmpeg ffmpeg) {
        this.ffmpeg = ffmpeg;
    }

    /**
     * The picture's bytes: of the time asked for, or the last one where the video ends before
     * that. @throws RefusedException when the object is no readable video
     */
    public byte[] take(ObjectReader video, Snapshot snapshot) {
        byte[] picture = at(snapshot.timeMillis() / 1000.0, 0, video, snapshot);
        if (picture.length == 0) {
            picture = last(new VideoEnd(ffmpeg).of(video), video, snapshot);
        }
        if (picture.length == 0) {
            throw RefusedException.invalid(
                    "The value: "
                            + snapshot.timeMillis()
                            + " of parameter: t is past the end of the video, whose last picture"
                            + " can't be found.");
        }
        return picture;
    }

    /**
     * A transport stream has no index: a seek may land behind its last keyframe, so that the last
     * picture can't be decoded. Then it is read from further and further before.
     */
    private byte[] last(List<Double> ends, ObjectReader video, Snapshot snapshot) {
        for (double lead : LEADS) {
            for (double end : ends) {
                byte[] picture = at(end, Math.min(lead, end), video, snapshot);
                if (picture.length > 0) {
                    return picture;
                }
            }
        }
        return new byte[0];
    }

    /**
     * Empty when there is none at or after that time.
     *
     * @param lead how many seconds before it reading begins
     */
    private byte[] at(double seconds, double lead, ObjectReader video, Snapshot snapshot) {
        ChildResult.Exited result =
                ffmpeg.ffmpeg(
                        video,
                        MAX_PICTURE_BYTES,
                        input -> arguments(seconds, lead, snapshot, input));
        if (result.exitCode() != 0) {
            throw RefusedException.badRequest(
                            "The object is no video that can be read: its file is broken, cut short"
                                    + " or of another kind.")
                    .because(reason(result));
        }
        return result.output();
    }

    private static List<String> arguments(
            double seconds, double lead, Snapshot snapshot, List<String> input) {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "-v",
                                "error",
                                "-nostdin",
                                "-threads",
                                "1",
                                "-max_pixels",
                                "" + MAX_PIXELS));
        if (snapshot.fast()) {
            arguments.addAll(List.of("-noaccurate_seek", "-skip_frame", "nokey"));
        }
        arguments.addAll(List.of("-ss", VideoEnd.seconds(seconds - lead)));
        arguments.addAll(input);
        if (lead > 0) {
            arguments.addAll(List.of("-ss", VideoEnd.seconds(lead)));
        }
        arguments.addAll(List.of("-map", "0:v:0", "-frames:v", "1", "-an", "-sn", "-dn"));
        // A keyframe before the time has a time below zero, which a constant rate would drop.
        arguments.addAll(List.of("-fps_mode", "passthrough"));
        List<String> filters = filters(snapshot);
        if (!filters.isEmpty()) {
            arguments.addAll(List.of("-vf", String.join(",", filters)));
        }
        arguments.addAll(
                snapshot.format() == ImageFormat.PNG
                        ? List.of("-c:v", "png")
                        : List.of("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "3"));
        arguments.addAll(List.of("-f", "image2pipe", "pipe:1"));
        return arguments;
    }

    private static List<String> filters(Snapshot snapshot) {
        List<String> filters = new ArrayList<>();
        switch (snapshot.turn()) {
            case AUTO -> {}
            case HIGH -> filters.add("transpose=clock:passthrough=portrait");
            case WIDE -> filters.add("transpose=clock:passthrough=landscape");
        }
        if (snapshot.width() > 0 || snapshot.height() > 0) {
            filters.add(
                    "scale="
                            + (snapshot.width() == 0 ? -1 : snapshot.width())
                            + ":"
                            + (snapshot.height() == 0 ? -1 : snapshot.height()));
        }
        return filters;
    }

    /** ffmpeg's last words without the one-time address. */
    static String reason(ChildResult.Exited result) {
        String last = result.errors().lines().reduce("", (_, line) -> line);
        String clean = last.replaceAll("http://\\S+", "").replaceAll("^[:\\s]+", "").strip();
        return clean.isEmpty() ? "exit code " + result.exitCode() : clean;
    }
}
