package io.millrace.edge;

import io.millrace.edge.cache.Body;
import io.millrace.edge.cache.Chunk;
import io.millrace.edge.cache.Entry;
import io.millrace.edge.cache.Fill;
import io.millrace.edge.http.Headers;
import io.millrace.edge.policy.Conditions;
import io.millrace.edge.policy.Freshness;
import io.millrace.edge.rules.Playlist;
import io.millrace.edge.rules.Proof;
import io.millrace.kit.http.ByteRange;
import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Answers one request from a stored entry, whose bytes are here, coming, or to be fetched. */
final class StoredAnswer {
    /** Bodies up to this length go out in one buffer with their head. */
    private static final int ONE_WRITE_BYTES = 16 * 1024;

    /** Bodies longer than this go from the file to a plain socket by the kernel. */
    private static final int FILE_BYTES = 32 * 1024;

    private final Exchange exchange;
    private final Core core;
    private final Connection connection;
    private final Entry entry;
    private final @Nullable Fill fill;
    private final long now;
    private final Freshness seen;
    private @Nullable String note;

    /**
     * @param note the value of Cache-Status behind the name, null for a plain hit
     */
    StoredAnswer(Exchange exchange, Entry entry, @Nullable Fill fill, @Nullable String note) {
        this.exchange = exchange;
        this.core = exchange.core();
        this.connection = exchange.connection();
        this.entry = entry;
        this.fill = fill;
        this.note = note;
        this.now = core.nowMillis();
        this.seen = entry.freshness().under(exchange.domain().ttlSeconds());
    }

    /** Answers, by the request's conditions and range. */
    void send() {
        if (entry.status() != 200) {
            whole();
            return;
        }
        Headers request = exchange.headers();
        if (Conditions.failed(request, entry.etag(), entry.lastModified())) {
            exchange.fail(412, "precondition-failed", "the condition of the request does not hold");
            return;
        }
        Proof proof = exchange.proof();
        if (proof != null && Playlist.is(entry.headers().get("content-type"))) {
            // The address holds the proof, so that the same text is the same answer.
            if (Conditions.notModified(request, entry.etag(), null)) {
                notModified();
                return;
            }
            told(0, entry.body().length());
            new PlaylistAnswer(exchange, proof, entry, fill, this).start();
            return;
        }
        String modified = entry.lastModified();
        if (modified == null && entry.etag() == null) {
            // Without a better word, what was made before the viewer's date has not changed since.
            modified = entry.headers().get("date");
        }
        if (Conditions.notModified(request, entry.etag(), modified)) {
            notModified();
            return;
        }
        long length = entry.body().length();
        ByteRange range =
                exchange.isHead() || length < 0
                        ? null
                        : Conditions.range(request, entry.etag(), entry.lastModified());
        if (range == null) {
            if (!several()) {
                whole();
            }
        } else if (range.in(length) instanceof ByteRange.Part part) {
            part(part);
        } else {
            notSatisfiable(length);
        }
    }

    /** Whether the bytes stay for this reader; else, forgotten in this moment, it asks anew. */
    private boolean entered(BodySender sender) {
        if (sender.enter()) {
            return true;
        }
        core.fetches().again(exchange, entry);
        return false;
    }

    /** Says so where bytes in {@code [from, to)} are still to come from the origin. */
    private void told(long from, long to) {
        Body body = entry.body();
        if (note != null
                || exchange.isHead()
                || body.complete()
                || to >= 0 && body.holds(from, to)) {
            return;
        }
        exchange.neededOrigin();
        note = body.filling() ? "; fwd=partial; collapsed" : "; fwd=partial";
    }

    private void whole() {
        Body stored = entry.body();
        long length = stored.length();
        told(0, length);
        boolean small = length >= 0 && length <= Body.MEMORY_BYTES;
        if (small && !cheaperByFile(stored, length) && sendFromMemory()) {
            return;
        }
        if (small && length <= FILE_BYTES) {
            recall(stored);
        }
        boolean keepAlive = exchange.keepAlive(length);
        if (exchange.isHead() || length == 0) {
            exchange.begin(wholeHead());
            exchange.end(keepAlive);
            return;
        }
        boolean chunked = length < 0 && exchange.head().http11();
        BodySender sender = new BodySender(exchange, entry, fill, 0, length, chunked);
        if (entered(sender)) {
            exchange.begin(wholeHead());
            exchange.stream(sender, keepAlive);
        }
    }

    /**
     * Whether the kernel sends it for less than a copy from memory costs: not the smallest, and
     * read so lately that its pages are surely in the system's cache.
     */
    private boolean cheaperByFile(Body stored, long length) {
        return length > FILE_BYTES
                && !connection.secure()
                && stored.chunk(0) instanceof Chunk.OnDisk disk
                && disk.warm(now / 1000);
    }

    /** Brings a small body that left memory and is asked for again back, after a few times. */
    private void recall(Body stored) {
        if (stored.memory() == null
                && stored.chunk(0) instanceof Chunk.OnDisk disk
                && ThreadLocalRandom.current().nextInt(8) == 0) {
            core.cache().check(stored, 0, disk, () -> {});
        }
    }

    private boolean sendFromMemory() {
        ByteBuf memory = entry.body().memory();
        long length = entry.body().length();
        if (length > 0 && (memory == null || exchange.isHead())) {
            if (!exchange.isHead()) {
                return false;
            }
            memory = null;
        }
        entry.body().touch();
        byte[] text = wholeHead();
        ByteBuf content = null;
        if (memory != null && length > ONE_WRITE_BYTES) {
            try {
                content = memory.retainedDuplicate();
            } catch (IllegalReferenceCountException e) {
                return false;
            }
        }
        int inline = memory != null && content == null ? (int) length : 0;
        ByteBuf out = connection.alloc().directBuffer(text.length + inline);
        out.writeBytes(text);
        if (inline > 0 && memory != null && !copy(memory, out, inline)) {
            out.release();
            return false;
        }
        exchange.began(entry.status());
        connection.write(out);
        if (content != null) {
            connection.write(content);
        }
        if (!exchange.isHead()) {
            exchange.sent(length);
        }
        exchange.end(exchange.head().keepAlive());
        return true;
    }

    private static boolean copy(ByteBuf memory, ByteBuf out, int length) {
        try {
            memory.retain();
        } catch (IllegalReferenceCountException e) {
            return false;
        }
        try {
            out.writeBytes(memory, 0, length);
            return true;
        } finally {
            memory.release();
        }
    }

    /** The head of a whole stored answer, kept ready for a second for plain hits. */
    private byte[] wholeHead() {
        long length = entry.body().length();
        boolean plain =
                note == null
                        && length >= 0
                        && exchange.originMillis() < 0
                        && exchange.head().keepAlive()
                        && exchange.head().http11();
        boolean website = exchange.website();
        Entry.Prepared ready = entry.prepared();
        if (plain
                && ready != null
                && ready.second() == now / 1000
                && ready.lifetimeSeconds() == seen.lifetimeSeconds()
                && ready.website() == website) {
            return ready.bytes();
        }
        StringBuilder text = core.heads().ofEntry(entry, entry.status(), length >= 0, website);
        exchange.framing(text, length);
        finishHead(text);
        byte[] bytes = Heads.bytes(text);
        if (plain) {
            entry.prepared(new Entry.Prepared(now / 1000, website, seen.lifetimeSeconds(), bytes));
        }
        return bytes;
    }

    private void part(ByteRange.Part part) {
        BodySender sender = new BodySender(exchange, entry, fill, part.from(), part.to(), false);
        if (!entered(sender)) {
            return;
        }
        told(part.from(), part.to());
        StringBuilder text = core.heads().ofEntry(entry, 206, true, exchange.website());
        text.append("Content-Range: ")
                .append(part.contentRange(entry.body().length()))
                .append("\r\n");
        exchange.framing(text, part.length());
        finishHead(text);
        exchange.begin(text);
        exchange.stream(sender, exchange.head().keepAlive());
    }

    /** Answers several ranges of what is all here, where that is less than the whole. */
    private boolean several() {
        long length = entry.body().length();
        List<ByteRange> ranges =
                exchange.isHead() || !entry.body().complete()
                        ? List.of()
                        : Conditions.ranges(
                                exchange.headers(),
                                entry.etag(),
                                entry.lastModified(),
                                MultipartAnswer.MOST_RANGES);
        List<ByteRange.Part> parts = new ArrayList<>();
        for (ByteRange range : ranges) {
            if (range.in(length) instanceof ByteRange.Part part) {
                parts.add(part);
            }
        }
        if (parts.isEmpty()) {
            if (!ranges.isEmpty()) {
                notSatisfiable(length);
            }
            return !ranges.isEmpty();
        }
        boolean keepAlive = exchange.head().keepAlive();
        MultipartAnswer answer = new MultipartAnswer(exchange, entry, parts, keepAlive);
        if (answer.length() >= length) {
            return false;
        }
        StringBuilder text = core.heads().ofParts(entry, answer.contentType(), exchange.website());
        exchange.framing(text, answer.length());
        finishHead(text);
        exchange.begin(text);
        answer.send();
        return true;
    }

    private void notModified() {
        StringBuilder text = core.heads().ofEntry(entry, 304, false, exchange.website());
        finishHead(text);
        exchange.begin(text);
        exchange.end(exchange.head().keepAlive());
    }

    private void notSatisfiable(long length) {
        StringBuilder text = core.heads().own(416, "text/plain", 0, core.wall());
        text.append("Content-Range: bytes */").append(length).append("\r\n");
        exchange.finishOwn(text);
        exchange.begin(text);
        exchange.end(exchange.head().keepAlive());
    }

    /** Sends a text that was made for this viewer from the entry (a playlist with proofs). */
    void text(byte[] bytes, boolean packed) {
        if (exchange.gone()) {
            return;
        }
        StringBuilder out = core.heads().ofText(entry, packed, exchange.website());
        exchange.framing(out, bytes.length);
        finishHead(out);
        exchange.begin(out);
        if (!exchange.isHead()) {
            connection.write(connection.alloc().directBuffer(bytes.length).writeBytes(bytes));
            exchange.sent(bytes.length);
        }
        exchange.end(exchange.head().keepAlive());
    }

    private void finishHead(StringBuilder text) {
        long age = seen.ageSeconds(now);
        text.append("Age: ").append(age).append("\r\nCache-Status: ").append(Heads.NAME);
        if (note == null) {
            text.append("; hit; ttl=").append(seen.lifetimeSeconds() - age);
        } else {
            text.append(note);
        }
        text.append("\r\n");
        if (exchange.originMillis() >= 0) {
            text.append("X-Millrace-Origin-Ms: ").append(exchange.originMillis()).append("\r\n");
        }
        exchange.connectionField(text, exchange.keepAlive(entry.body().length()));
        text.append("\r\n");
    }
}
