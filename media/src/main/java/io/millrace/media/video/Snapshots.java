package io.millrace.media.video;

import io.millrace.kit.process.ChildResult;
import io.millrace.media.process.ImageFormat;
import io.millrace.media.process.MediaProcess.Snapshot;
import io.millrace.media.process.RefusedException;
import io.millrace.store.objects.ObjectReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code video/snapshot}: one frame of a video as a JPEG or PNG. */
public final class Snapshots {
    private static final int MAX_PICTURE_BYTES = 64 << 20;
    private static final int MAX_PIXELS = 8192 * 8192;

    private final Ffmpeg ffmpeg;

    public Snapshots(Ffmpeg ffmpeg) {
        this.ffmpeg = ffmpeg;
    }

    /**
     * The picture's bytes. @throws RefusedException when the object is no readable video, or ends
     * before the time
     */
    public byte[] take(ObjectReader video, Snapshot snapshot) {
        ChildResult.Exited result =
                ffmpeg.ffmpeg(video, MAX_PICTURE_BYTES, input -> arguments(snapshot, input));
        if (result.exitCode() != 0) {
            throw RefusedException.badRequest(
                    "The object is not a video that can be read: " + reason(result));
        }
        if (result.output().length == 0) {
            throw RefusedException.invalid(
                    "The value: "
                            + snapshot.timeMillis()
                            + " of parameter: t is past the end of the video.");
        }
        return result.output();
    }

    private static List<String> arguments(Snapshot snapshot, List<String> input) {
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
        if (!snapshot.autoRotate()) {
            arguments.add("-noautorotate");
        }
        if (snapshot.fast()) {
            arguments.addAll(List.of("-noaccurate_seek", "-skip_frame", "nokey"));
        }
        arguments.addAll(
                List.of("-ss", String.format(Locale.ROOT, "%.3f", snapshot.timeMillis() / 1000.0)));
        arguments.addAll(input);
        arguments.addAll(List.of("-map", "0:v:0", "-frames:v", "1", "-an", "-sn", "-dn"));
        // A keyframe before the time has a time below zero, which a constant rate would drop.
        arguments.addAll(List.of("-fps_mode", "passthrough"));
        if (snapshot.width() > 0 || snapshot.height() > 0) {
            String scale =
                    "scale="
                            + (snapshot.width() == 0 ? -1 : snapshot.width())
                            + ":"
                            + (snapshot.height() == 0 ? -1 : snapshot.height());
            arguments.addAll(List.of("-vf", scale));
        }
        arguments.addAll(
                snapshot.format() == ImageFormat.PNG
                        ? List.of("-c:v", "png")
                        : List.of("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "3"));
        arguments.addAll(List.of("-f", "image2pipe", "pipe:1"));
        return arguments;
    }

    /** ffmpeg's last words without the one-time address. */
    static String reason(ChildResult.Exited result) {
        String last = result.errors().lines().reduce("", (_, line) -> line);
        String clean = last.replaceAll("http://\\S+", "").replaceAll("^[:\\s]+", "").strip();
        return clean.isEmpty() ? "exit code " + result.exitCode() : clean;
    }
}
