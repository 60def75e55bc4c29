package io.millrace.media.video;

import io.millrace.kit.process.ChildResult;
import io.millrace.media.process.RefusedException;
import io.millrace.store.objects.ObjectReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;

/** Where the last picture of a video is, which is seldom where its container says that it ends. */
final class VideoEnd {
    private static final int MAX_OUTPUT_BYTES = 8 << 20;
    private static final Pattern PACKET = Pattern.compile("(?m)^packet,(-?[0-9.]+)");
    private static final Pattern START = Pattern.compile("(?m)^format,(-?[0-9.]+)");
    private static final Pattern FIRST = Pattern.compile("(?m)^(?:program,)?stream,(-?[0-9.]+)");

    /** Further than any video goes: ffprobe then reads what it finds before it. */
    private static final String TAIL = "99999999%";

    /** A container's times may be rounded to a millisecond. */
    private static final double SLACK = 0.001;

    private final Ffmpeg ffmpeg;

    VideoEnd(Ffmpeg ffmpeg) {
        this.ffmpeg = ffmpeg;
    }

    /**
     * The seconds to the last picture, from the file's start and, where that is another time, from
     * the first picture: by which of both ffmpeg counts is the container's affair. Read from the
     * tail, or without an index there from the times of all packets; empty when nothing is found.
     */
    List<Double> of(ObjectReader video) {
        List<Double> tail = lastOf(video, List.of("-read_intervals", TAIL));
        return tail.isEmpty() ? lastOf(video, List.of()) : tail;
    }

    private List<Double> lastOf(ObjectReader video, List<String> which) {
        ChildResult.Exited result;
        try {
            result = ffmpeg.ffprobe(video, MAX_OUTPUT_BYTES, input -> arguments(which, input));
        } catch (RefusedException e) {
            return List.of(); // no ffprobe, or too long to look through
        }
        String text = new String(result.output(), StandardCharsets.UTF_8);
        OptionalDouble last = numbers(PACKET, text).max();
        double start = numbers(START, text).findFirst().orElse(0);
        double first = numbers(FIRST, text).findFirst().orElse(start);
        return last.isEmpty()
                ? List.of()
                : DoubleStream.of(start, first)
                        .map(from -> Math.max(0, last.getAsDouble() - from - SLACK))
                        .distinct()
                        .boxed()
                        .toList();
    }

    private static DoubleStream numbers(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult r) -> r.group(1))
                .mapToDouble(Double::parseDouble);
    }

    private static List<String> arguments(List<String> which, List<String> input) {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "-v",
                                "error",
                                "-select_streams",
                                "v:0",
                                "-show_entries",
                                "packet=pts_time:stream=start_time:format=start_time",
                                "-of",
                                "csv"));
        arguments.addAll(which);
        arguments.addAll(input);
        return arguments;
    }

    /** As ffmpeg takes a time. */
    static String seconds(double time) {
        return String.format(Locale.ROOT, "%.3f", time);
    }
}
