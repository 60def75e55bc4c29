package io.millrace.e2e;

import java.util.ArrayList;
import java.util.List;

/**
 * ffmpeg arguments for a moving picture with a clock that {@code play.mjs} can read: 16 squares,
 * tenths of a second in binary.
 */
public final class ClockPicture {
    private ClockPicture() {}

    /** Input and filter options, paced in real time. */
    public static List<String> arguments(String size, int framesPerSecond) {
        StringBuilder filter =
                new StringBuilder("drawbox=x=0:y=ih-16:w=256:h=16:color=black:t=fill");
        for (int bit = 0; bit < 16; bit++) {
            filter.append(",drawbox=x=")
                    .append(bit * 16)
                    .append(":y=ih-16:w=16:h=16:color=white:t=fill:enable='gte(mod(floor(t*10/")
                    .append(1 << bit)
                    .append("),2),1)'");
        }
        List<String> arguments =
                new ArrayList<>(List.of("ffmpeg", "-nostdin", "-loglevel", "error"));
        arguments.addAll(
                List.of(
                        "-re",
                        "-f",
                        "lavfi",
                        "-i",
                        "testsrc2=size=" + size + ":rate=" + framesPerSecond));
        arguments.addAll(
                List.of("-re", "-f", "lavfi", "-i", "sine=frequency=300:sample_rate=44100"));
        arguments.addAll(List.of("-vf", filter.toString()));
        return arguments;
    }

    /** H.264 and AAC with a keyframe each {@code gop} frames. */
    public static List<String> encoding(int gop) {
        return List.of(
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-tune",
                "zerolatency",
                "-profile:v",
                "main",
                "-g",
                Integer.toString(gop),
                "-keyint_min",
                Integer.toString(gop),
                "-sc_threshold",
                "0",
                "-b:v",
                "600k",
                "-pix_fmt",
                "yuv420p",
                "-c:a",
                "aac",
                "-b:a",
                "48k");
    }
}
