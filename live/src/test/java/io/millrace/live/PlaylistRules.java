package io.millrace.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.formats.hls.MediaPlaylist;
import io.millrace.formats.hls.PlaylistParser;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Holds what RFC 8216 asks of a media playlist over its life (4.3.3.1 to 4.3.3.4, 6.2.1, 6.2.2) to
 * each version of it that is seen.
 */
final class PlaylistRules {
    /** A segment as it was first seen, and the discontinuity sequence number that it had. */
    private record Seen(MediaPlaylist.Segment segment, long discontinuityNumber) {}

    private final String name;
    private final LongPredicate independent;
    private final Map<Long, Seen> seen = new TreeMap<>();
    private @Nullable MediaPlaylist before;
    private @Nullable String text;
    private int versions;

    /**
     * @param independent whether the segment of that number begins with an IDR picture
     */
    PlaylistRules(String name, LongPredicate independent) {
        this.name = name;
        this.independent = independent;
    }

    /** How many different playlists were seen. */
    int versions() {
        return versions;
    }

    MediaPlaylist last() {
        assertTrue(before != null, name + ": no playlist was seen");
        return before;
    }

    /** Takes the playlist as it is now. */
    void see(String now) {
        if (now.equals(text)) {
            return;
        }
        MediaPlaylist playlist = PlaylistParser.media(now);
        String both = name + ":\n" + text + "\nand then\n" + now;
        for (MediaPlaylist.Segment s : playlist.segments()) {
            assertTrue(
                    Math.round(s.durationSeconds()) <= playlist.targetDurationSeconds(),
                    "a segment is longer than the target duration: " + both);
        }
        MediaPlaylist earlier = before;
        if (earlier != null) {
            assertFollows(earlier, playlist, both);
        }
        remember(playlist, both);
        if (playlist.independentSegments()) {
            for (int i = 0; i < playlist.segments().size(); i++) {
                long msn = playlist.mediaSequence() + i;
                assertTrue(independent.test(msn), msn + " is not independent: " + both);
            }
        }
        before = playlist;
        text = now;
        versions++;
    }

    private static void assertFollows(MediaPlaylist before, MediaPlaylist now, String both) {
        assertFalse(before.ended(), "something after the end: " + both);
        assertEquals(
                before.targetDurationSeconds(),
                now.targetDurationSeconds(),
                "the target duration changed: " + both);
        assertTrue(
                now.mediaSequence() >= before.mediaSequence(), "the sequence number fell: " + both);
        assertTrue(
                now.discontinuitySequence() >= before.discontinuitySequence(),
                "the discontinuity number fell: " + both);
        assertTrue(end(now) >= end(before), "segments at the end are gone: " + both);
        if (before.type() == MediaPlaylist.Type.EVENT) {
            List<MediaPlaylist.Segment> first = now.segments().subList(0, before.segments().size());
            assertEquals(before.segments(), first, "not only appended to: " + both);
        }
    }

    private static long end(MediaPlaylist playlist) {
        return playlist.mediaSequence() + playlist.segments().size();
    }

    /** What is told of a segment stays as it is. */
    private void remember(MediaPlaylist playlist, String both) {
        long number = playlist.discontinuitySequence();
        for (int i = 0; i < playlist.segments().size(); i++) {
            MediaPlaylist.Segment segment = playlist.segments().get(i);
            number += segment.discontinuity() ? 1 : 0;
            Seen now = new Seen(segment, number);
            Seen first = seen.putIfAbsent(playlist.mediaSequence() + i, now);
            assertEquals(first == null ? now : first, now, "a segment changed: " + both);
        }
    }
}
