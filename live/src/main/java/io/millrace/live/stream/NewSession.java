package io.millrace.live.stream;

import io.millrace.live.StreamInfo;
import io.millrace.live.record.Catalogue;
import io.millrace.live.record.Journal;
import io.millrace.live.record.MediaDescription;
import io.millrace.live.record.Session;
import io.millrace.live.record.SessionRow;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** How a session begins. */
final class NewSession {
    private static final DateTimeFormatter ID =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private NewSession() {}

    /** Keeps a new session of the stream, durable on return. */
    static Session open(StreamInfo info, Catalogue catalogue, Journal journal, Instant now) {
        SessionRow row =
                new SessionRow(
                        info.name(),
                        nextId(info.name(), catalogue, now),
                        info.bucket(),
                        info.prefix(),
                        now.toEpochMilli(),
                        -1,
                        -1,
                        -1,
                        0,
                        0,
                        0,
                        0,
                        0,
                        MediaDescription.UNKNOWN,
                        0);
        journal.session(row);
        return new Session(journal, row);
    }

    /**
     * The time, or a second after the last one: sessions stay in order when a clock is set back.
     */
    private static String nextId(String stream, Catalogue catalogue, Instant now) {
        String id = ID.format(now);
        List<SessionRow> last = catalogue.sessions(stream, 1);
        if (!last.isEmpty() && last.getFirst().id().compareTo(id) >= 0) {
            id = secondAfter(last.getFirst().id());
        }
        while (catalogue.isRemoved(stream, id)) {
            id = secondAfter(id);
        }
        return id;
    }

    private static String secondAfter(String id) {
        return ID.format(ID.parse(id, Instant::from).plusSeconds(1));
    }
}
