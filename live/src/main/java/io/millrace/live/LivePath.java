package io.millrace.live;

import io.millrace.live.record.SessionRow;
import java.util.regex.Pattern;

/** A path below {@code /_live/}, taken apart. */
sealed interface LivePath {
    /** {@code /_live/{stream}/index.m3u8}. */
    record Master(String stream) implements LivePath {}

    /** {@code /_live/{stream}/{rendition}/media.m3u8}. */
    record Media(String stream) implements LivePath {}

    /** {@code /_live/{stream}/{rendition}/{msn}.ts}. */
    record Segment(String stream, long msn) implements LivePath {}

    /** {@code /_live/{stream}/{session}/index.m3u8}. */
    record RecordedMaster(String stream, String session) implements LivePath {}

    /** {@code /_live/{stream}/{session}/{rendition}/media.m3u8}. */
    record RecordedMedia(String stream, String session) implements LivePath {}

    /** {@code /_live/{stream}/{session}/{rendition}/{msn}.ts}. */
    record RecordedSegment(String stream, String session, long msn) implements LivePath {}

    /** {@code /_live/{stream}/{session}/recording.ts}. */
    record RecordedFile(String stream, String session) implements LivePath {}

    /** No playback path; the reason says what there is. */
    record Wrong(String reason) implements LivePath {}

    /** The paths' beginning. */
    String ROOT = "/_live/";

    /** Ten digits at least, no leading zero beyond them. */
    Pattern SEGMENT = Pattern.compile("(\\d{10}|[1-9]\\d{10,17})\\.ts");

    static LivePath parse(String path) {
        if (!path.startsWith(ROOT)) {
            return new Wrong("a live playback path begins with " + ROOT);
        }
        String[] parts = path.substring(ROOT.length()).split("/", -1);
        return switch (parts.length) {
            case 2 -> parts[1].equals("index.m3u8") ? new Master(parts[0]) : wrong(path);
            case 3 -> {
                if (parts[2].equals("index.m3u8")) {
                    yield new RecordedMaster(parts[0], parts[1]);
                }
                if (parts[2].equals("recording.ts")) {
                    yield new RecordedFile(parts[0], parts[1]);
                }
                yield parts[1].equals(SessionRow.RENDITION) ? file(path, parts) : wrong(path);
            }
            case 4 -> parts[2].equals(SessionRow.RENDITION) ? recorded(path, parts) : wrong(path);
            default -> wrong(path);
        };
    }

    private static LivePath file(String path, String[] parts) {
        if (parts[2].equals("media.m3u8")) {
            return new Media(parts[0]);
        }
        return SEGMENT.matcher(parts[2]).matches()
                ? new Segment(parts[0], msn(parts[2]))
                : wrong(path);
    }

    private static LivePath recorded(String path, String[] parts) {
        if (parts[3].equals("media.m3u8")) {
            return new RecordedMedia(parts[0], parts[1]);
        }
        return SEGMENT.matcher(parts[3]).matches()
                ? new RecordedSegment(parts[0], parts[1], msn(parts[3]))
                : wrong(path);
    }

    private static long msn(String file) {
        return Long.parseLong(file.substring(0, file.length() - 3));
    }

    private static Wrong wrong(String path) {
        return new Wrong(
                path
                        + " is no playback path; there are /_live/{stream}/index.m3u8,"
                        + " /_live/{stream}/source/media.m3u8, /_live/{stream}/source/{msn}.ts and"
                        + " the same with /{session}/ after the stream, which has"
                        + " /_live/{stream}/{session}/recording.ts, too");
    }
}
