package io.millrace.store.scrub;

import io.millrace.extents.ExtentRef;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Damage;
import io.millrace.store.content.ContentRow;
import io.millrace.store.content.Layout;
import io.millrace.store.content.PartRow;
import io.millrace.store.content.Piece;
import io.millrace.store.objects.ObjectRow;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether all the rows are there that an object, or a part of an open upload, stands on: its
 * content's, its parts', and of each extent the owner's, without which the extent would be freed.
 * Reads no extent. Thread-safe.
 *
 * <p>Others change things meanwhile, so it looks twice. A gap that both looks find, with the record
 * read in between and of the same incarnation, was there when that record was: a content that was
 * freed has no record any more, and an extent that was moved has another owner by then.
 */
public final class Gaps {
    private static final int LOOKS = 5;
    private static final int PAGE = 100;
    private static final String GONE = "its row is gone";

    private final Space space;

    public Gaps(Space space) {
        this.space = space;
    }

    /**
     * What an object or part lacks first.
     *
     * @param name by which incarnation or part id it is known
     * @param place which row, at an offset of the object or part, or of the volume
     */
    record Gap(Name name, Damage place) {}

    /** Hears of bytes read; answers whether to go on. */
    interface Pages {
        Pages ALL = bytes -> true;

        boolean next(long bytes);
    }

    private interface Look {
        /** Empty when there is no such thing any more. */
        Optional<Seen> once();
    }

    private record Seen(Name name, @Nullable Damage place) {}

    /** What an object lacks where nobody writes; empty for nothing. */
    public Optional<Damage> ofObject(byte[] rowKey) {
        return ofObject(rowKey, Pages.ALL).map(Gap::place);
    }

    /** What a part of an open upload lacks where nobody writes. */
    public Optional<Damage> ofPart(PartRow part) {
        return Optional.ofNullable(lacks(part, part.sizeBytes(), 0));
    }

    /** Empty when it lacks nothing, or is not there, or the pages were ended. */
    Optional<Gap> ofObject(byte[] rowKey, Pages pages) {
        return twice(
                () -> {
                    byte[] record = space.get(rowKey);
                    if (record == null) {
                        return Optional.empty();
                    }
                    ObjectRow row = ObjectRow.decode(record);
                    Name name = Name.object(rowKey, row.incarnation());
                    return Optional.of(new Seen(name, readable(row, pages)));
                });
    }

    /** The same, of a part of an open upload. */
    Optional<Gap> ofPart(byte[] uploadKey, int number, Pages pages) {
        return twice(
                () -> {
                    byte[] partKey = StoreKeys.part(Name.upload(uploadKey), number);
                    byte[] record = space.get(partKey);
                    if (record == null || space.get(uploadKey) == null) {
                        return Optional.empty();
                    }
                    PartRow part = PartRow.decode(record);
                    Name name = new Name(uploadKey, number, part.partId());
                    return Optional.of(new Seen(name, lacks(part, part.sizeBytes(), 0)));
                });
    }

    /** A record that doesn't read is for verify to tell: whose bytes it has nobody knows. */
    private static Optional<Gap> twice(Look look) {
        Seen before = null;
        for (int i = 0; i < LOOKS; i++) {
            Seen now = StoreException.readable(look::once).flatMap(s -> s).orElse(null);
            Damage place = now == null ? null : now.place();
            if (now == null || place == null) {
                return Optional.empty();
            }
            if (before != null
                    && before.name().id() == now.name().id()
                    && place.equals(before.place())) {
                return Optional.of(new Gap(now.name(), place));
            }
            before = now;
        }
        return Optional.empty();
    }

    /** Rows that don't read are as good as gone. */
    private @Nullable Damage readable(ObjectRow row, Pages pages) {
        try {
            return lacks(row, pages);
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.CORRUPT) {
                throw e;
            }
            return gap("rows of object " + row.incarnation(), 0, String.valueOf(e.getMessage()));
        }
    }

    private @Nullable Damage lacks(ObjectRow row, Pages pages) {
        return switch (row.layout()) {
            case Layout.Empty e -> null;
            case Layout.OneRow one -> lacks(one.contentId(), row.sizeBytes(), pages);
            case Layout.Direct direct -> unowned(direct.pieces(), row.incarnation());
            case Layout.Rows rows -> lacks(rows.contentId(), row.sizeBytes(), pages);
        };
    }

    /** Rows by their offsets, each of which begins where the one before ends. */
    private @Nullable Damage lacks(long content, long size, Pages pages) {
        byte[] prefix = StoreKeys.contents(content);
        byte[] after = prefix;
        for (long at = 0; at < size; ) {
            long bytes = 0;
            List<Entry> page = space.scan(Scan.prefixAfter(prefix, after, PAGE));
            if (page.isEmpty()) {
                return gap(content, at, GONE);
            }
            for (Entry entry : page) {
                if (at >= size) {
                    break; // what follows was appended since
                }
                if (StoreKeys.contentOffset(entry.key()) != at) {
                    return gap(content, at, GONE);
                }
                ContentRow row = ContentRow.decode(entry.value());
                Damage lacking = lacks(content, at, row);
                if (lacking != null) {
                    return lacking;
                }
                after = entry.key();
                at += row.sizeBytes();
                bytes += entry.value().length;
            }
            if (!pages.next(bytes)) {
                return null;
            }
        }
        return null;
    }

    private @Nullable Damage lacks(long content, long at, ContentRow row) {
        return switch (row) {
            case ContentRow.Inline inline -> null;
            case ContentRow.Extents extents -> unowned(extents.pieces(), content);
            case ContentRow.Parts parts -> lacks(content, at, parts.spans());
        };
    }

    private @Nullable Damage lacks(long content, long from, List<ContentRow.PartSpan> spans) {
        List<byte[]> keys = spans.stream().map(s -> StoreKeys.part(content, s.number())).toList();
        List<byte @Nullable []> records = space.multiGet(keys);
        long at = from;
        for (int i = 0; i < spans.size(); i++) {
            byte[] record = records.get(i);
            ContentRow.PartSpan span = spans.get(i);
            if (record == null) {
                return gap("part " + span.number() + " of content " + content, at, GONE);
            }
            Damage lacking = lacks(PartRow.decode(record), span.sizeBytes(), at);
            if (lacking != null) {
                return lacking;
            }
            at += span.sizeBytes();
        }
        return null;
    }

    private @Nullable Damage lacks(PartRow part, long size, long at) {
        long held = part.inline().length;
        for (Piece piece : part.pieces()) {
            held += piece.length();
        }
        return held == size
                ? unowned(part.pieces(), part.partId())
                : gap("part " + part.partId(), at, "it has " + held + " bytes, not " + size);
    }

    private @Nullable Damage unowned(List<Piece> pieces, long owner) {
        List<ExtentRef> refs = pieces.stream().map(Piece::ref).distinct().toList();
        List<byte[]> keys = refs.stream().map(ref -> StoreKeys.owner(ref, owner)).toList();
        List<byte @Nullable []> owners = space.multiGet(keys);
        for (int i = 0; i < refs.size(); i++) {
            if (owners.get(i) == null) {
                return gap(
                        "owner " + owner + " in volume " + refs.get(i).volume(),
                        refs.get(i).offset(),
                        "the row is gone that keeps its bytes from being freed");
            }
        }
        return null;
    }

    private static Damage gap(long content, long at, String text) {
        return gap("content " + content, at, text);
    }

    private static Damage gap(String row, long at, String text) {
        return new Damage(Damage.Kind.ROW, row, at, text);
    }
}
