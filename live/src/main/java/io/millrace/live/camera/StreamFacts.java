package io.millrace.live.camera;

import io.millrace.formats.mpegts.TsCodec;
import io.millrace.formats.mpegts.TsKeyframe;
import io.millrace.formats.mpegts.TsProgram;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the bytes of a camera say about themselves.
 *
 * @param width of the picture, 0 while unknown
 * @param codecs as RFC 6381 writes them
 * @param problem what an operator should know, empty when all is well
 */
record StreamFacts(int width, int height, String codecs, String problem) {
    static final StreamFacts NONE = new StreamFacts(0, 0, "", "");

    StreamFacts with(TsProgram program) {
        boolean playable = !program.hasVideo() || program.videoType() == TsProgram.H264;
        return withProblem(playable ? "" : "The video is not H.264: most browsers can't play it.");
    }

    StreamFacts with(TsKeyframe keyframe) {
        return keyframe.tablesInFront()
                ? this
                : withProblem(
                        "PAT and PMT don't stand before keyframes: some players can't begin there.");
    }

    StreamFacts with(TsCodec codec) {
        String both =
                Stream.of(codec.video(), codec.audio())
                        .filter(Objects::nonNull)
                        .collect(Collectors.joining(","));
        return new StreamFacts(codec.width(), codec.height(), both, problem);
    }

    private StreamFacts withProblem(String text) {
        return problem.equals(text) ? this : new StreamFacts(width, height, codecs, text);
    }
}
