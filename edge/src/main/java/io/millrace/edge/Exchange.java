package io.millrace.edge;

import io.millrace.edge.cache.Body;
import io.millrace.edge.cache.Chunk;
import io.millrace.edge.cache.Entry;
import io.millrace.edge.cache.Fill;
import io.millrace.edge.http.Headers;
import io.millrace.edge.http.RequestHead;
import io.millrace.edge.policy.Conditions;
import io.millrace.edge.rules.Domain;
import io.millrace.edge.rules.Playlist;
import io.millrace.edge.rules.Proof;
import io.millrace.kit.door.TrustedProxies;
import io.millrace.kit.http.ByteRange;
import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer. All methods run on the viewer's event loop.
 *
 * <p>The router fills in what it found; then exactly one of the answering methods is called.
 */
final class Exchange {
    /** Bodies up to this length go out in one buffer with their head. */
    private static final int ONE_WRITE_BYTES = 16 * 1024;

    /** Bodies longer than this go from the file to a plain socket by the kernel. */
    private static final int FILE_BYTES = 32 * 1024;

    private final Core core;
    private final Connection connection;
    private final RequestHead head;
    private final byte @Nullable [] body;
    private @Nullable Domain domain;
    private @Nullable Proof proof;
    private String originPath = "/";
    private String originQuery = "";
    private @Nullable BodySender sender;
    private @Nullable Runnable onGone;
    private @Nullable Runnable onWritable;
    private long originMillis = -1;
    private boolean answered;
    private boolean gone;
    private int refetches;

    Exchange(Core core, Connection connection, RequestHead head, byte @Nullable [] body) {
        this.core = core;
        this.connection = connection;
        this.head = head;
        this.body = body;
    }

    Core core() {
        return core;
    }

    Connection connection() {
        return connection;
    }

    Loop loop() {
        return connection.loop();
    }

    RequestHead head() {
        return head;
    }

    Headers headers() {
        return head.headers();
    }

    /** What an origin may be told of the viewer. */
    ViewerRequest viewer() {
        TrustedProxies proxies = core.options().proxies();
        boolean secure = connection.secure();
        String address = "unknown";
        if (connection.channel().remoteAddress() instanceof InetSocketAddress socket) {
            InetAddress peer = socket.getAddress();
            address =
                    proxies.client(peer, head.headers().all("x-forwarded-for"))
                            .getHostAddress()
                            .replaceFirst("%.*", "");
            secure |=
                    proxies.trust(peer)
                            && "https".equalsIgnoreCase(head.headers().get("x-forwarded-proto"));
        }
        return new ViewerRequest(head.headers(), address, secure, domain().headers());
    }

    byte @Nullable [] body() {
        return body;
    }

    Domain domain() {
        Domain known = domain;
        if (known == null) {
            throw new IllegalStateException("no domain yet");
        }
        return known;
    }

    void domain(Domain found) {
        domain = found;
    }

    /** Whether the domain lets stored pages run. */
    boolean website() {
        return domain().website();
    }

    void proof(Proof held) {
        proof = held;
    }

    /** Where it goes at the origin. */
    void origin(String path, String query) {
        originPath = path;
        originQuery = query;
    }

    String originPath() {
        return originPath;
    }

    String originQuery() {
        return originQuery;
    }

    /** The cache key without a range. */
    String key() {
        return originQuery.isEmpty() ? originPath : originPath + "?" + originQuery;
    }

    Statistics.Counters counters() {
        return core.statistics().of(domain());
    }

    /** How long the origin took to its first byte, for the viewer to see. */
    void originMillis(long millis) {
        originMillis = millis;
    }

    boolean isHead() {
        return head.method().equals("HEAD");
    }

    boolean gone() {
        return gone;
    }

    /** Whether an answer has begun; then only a reset can tell of a failure. */
    boolean answered() {
        return answered;
    }

    /** Counts fetches for this one request, so that an odd origin cannot send it round for ever. */
    boolean mayFetchAgain() {
        return ++refetches <= 4;
    }

    void onGone(@Nullable Runnable action) {
        onGone = action;
    }

    void onWritable(@Nullable Runnable action) {
        onWritable = action;
    }

    void viewerGone() {
        gone = true;
        BodySender sending = sender;
        if (sending != null) {
            sending.stop();
        }
        Runnable action = onGone;
        if (action != null) {
            action.run();
        }
    }

    void writable() {
        BodySender sending = sender;
        if (sending != null) {
            sending.pump();
        }
        Runnable action = onWritable;
        if (action != null) {
            action.run();
        }
    }

    /**
     * Answers from a stored entry.
     *
     * @param note the value of Cache-Status behind the name, null for a plain hit
     */
    void serve(Entry entry, @Nullable Fill fill, @Nullable String note) {
        if (gone) {
            return;
        }
        long now = core.nowMillis();
        if (entry.status() != 200) {
            send(entry, fill, note, now, null);
            return;
        }
        Headers request = head.headers();
        if (Conditions.failed(request, entry.etag(), entry.lastModified())) {
            fail(412, "precondition-failed", "the condition of the request does not hold");
            return;
        }
        if (proof != null && Playlist.is(entry.headers().get("content-type"))) {
            // The address holds the proof, so that the same text is the same answer.
            if (Conditions.notModified(request, entry.etag(), null)) {
                notModified(entry, note, now);
            } else {
                new PlaylistAnswer(this, proof, entry, fill, note).start();
            }
            return;
        }
        String modified = entry.lastModified();
        if (modified == null && entry.etag() == null) {
            // Without a better word, what was made before the viewer's date has not changed since.
            modified = entry.headers().get("date");
        }
        if (Conditions.notModified(request, entry.etag(), modified)) {
            notModified(entry, note, now);
            return;
        }
        ByteRange range = Conditions.range(request, entry.etag(), entry.lastModified());
        send(entry, fill, note, now, isHead() ? null : range);
    }

    private void send(
            Entry entry,
            @Nullable Fill fill,
            @Nullable String note,
            long now,
            @Nullable ByteRange range) {
        Body stored = entry.body();
        long length = stored.length();
        if (range != null && length >= 0) {
            if (range.in(length) instanceof ByteRange.Part part) {
                sendPart(entry, fill, note, now, part);
            } else {
                notSatisfiable(length);
            }
            return;
        }
        boolean small = length >= 0 && length <= Body.MEMORY_BYTES;
        if (small && !cheaperByFile(stored, length, now) && sendFromMemory(entry, note, now)) {
            return;
        }
        if (small && length <= FILE_BYTES) {
            recall(stored);
        }
        boolean chunked = false;
        if (length >= 0) {
            begin(wholeHead(entry, note, now));
        } else {
            StringBuilder text = core.heads().ofEntry(entry, entry.status(), false, website());
            chunked = framing(text, length);
            finishHead(text, entry, note, now);
            begin(text);
        }
        if (isHead() || length == 0) {
            end(keepAlive(length));
            return;
        }
        stream(new BodySender(this, entry, fill, 0, length, chunked), keepAlive(length));
    }

    /**
     * Whether the kernel sends it for less than a copy from memory costs: not the smallest, and
     * read so lately that its pages are surely in the system's cache.
     */
    private boolean cheaperByFile(Body stored, long length, long now) {
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

    private boolean sendFromMemory(Entry entry, @Nullable String note, long now) {
        ByteBuf memory = entry.body().memory();
        long length = entry.body().length();
        if (length > 0 && (memory == null || isHead())) {
            if (!isHead()) {
                return false;
            }
            memory = null;
        }
        entry.body().touch();
        byte[] text = wholeHead(entry, note, now);
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
        answered = true;
        connection.write(out);
        if (content != null) {
            connection.write(content);
        }
        if (!isHead()) {
            counters().bytes.add(length);
        }
        end(head.keepAlive());
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
    private byte[] wholeHead(Entry entry, @Nullable String note, long now) {
        boolean plain = note == null && originMillis < 0 && head.keepAlive() && head.http11();
        Entry.Prepared ready = entry.prepared();
        if (plain
                && ready != null
                && ready.second() == now / 1000
                && ready.website() == website()) {
            return ready.bytes();
        }
        StringBuilder text = core.heads().ofEntry(entry, entry.status(), true, website());
        framing(text, entry.body().length());
        finishHead(text, entry, note, now);
        byte[] bytes = Heads.bytes(text);
        if (plain) {
            entry.prepared(new Entry.Prepared(now / 1000, website(), bytes));
        }
        return bytes;
    }

    private void sendPart(
            Entry entry,
            @Nullable Fill fill,
            @Nullable String note,
            long now,
            ByteRange.Part part) {
        StringBuilder text = core.heads().ofEntry(entry, 206, true, website());
        text.append("Content-Range: ")
                .append(part.contentRange(entry.body().length()))
                .append("\r\n");
        framing(text, part.length());
        finishHead(text, entry, note, now);
        begin(text);
        stream(new BodySender(this, entry, fill, part.from(), part.to(), false), head.keepAlive());
    }

    private void stream(BodySender next, boolean keepAlive) {
        sender = next;
        next.start(keepAlive);
    }

    private void notModified(Entry entry, @Nullable String note, long now) {
        StringBuilder text = core.heads().ofEntry(entry, 304, false, website());
        finishHead(text, entry, note, now);
        begin(text);
        end(head.keepAlive());
    }

    private void notSatisfiable(long length) {
        StringBuilder text = core.heads().own(416, "text/plain", 0, core.wall());
        text.append("Content-Range: bytes */").append(length).append("\r\n");
        finishOwn(text);
        begin(text);
        end(head.keepAlive());
    }

    /**
     * Sends a text that was made for this viewer from a stored entry (a playlist with proofs).
     *
     * @param packed the bytes are gzip
     */
    void serveText(Entry entry, byte[] bytes, boolean packed, @Nullable String note) {
        if (gone) {
            return;
        }
        StringBuilder out = core.heads().ofText(entry, packed, website());
        framing(out, bytes.length);
        finishHead(out, entry, note, core.nowMillis());
        begin(out);
        if (!isHead()) {
            connection.write(connection.alloc().directBuffer(bytes.length).writeBytes(bytes));
            counters().bytes.add(bytes.length);
        }
        end(head.keepAlive());
    }

    /** Answers in the edge's own words; errors are JSON with a reason that programs can read. */
    void fail(int status, String reason, String text) {
        if (gone) {
            return;
        }
        if (answered) {
            connection.reset();
            return;
        }
        if (status >= 500 && domain != null) {
            counters().errors.increment();
        }
        String json = "{\"error\":\"" + reason + "\",\"message\":\"" + escaped(text) + "\"}\n";
        own(
                status,
                "application/json",
                json.getBytes(StandardCharsets.UTF_8),
                "Millrace-Reason: " + reason + "\r\n");
    }

    /** Answers with the edge's own body and further header lines. */
    void own(int status, String contentType, byte[] content, String moreHeaders) {
        if (gone) {
            return;
        }
        StringBuilder text =
                core.heads()
                        .own(status, contentType, status == 204 ? -1 : content.length, core.wall());
        text.append(moreHeaders);
        finishOwn(text);
        begin(text);
        if (!isHead() && status != 204) {
            connection.write(connection.alloc().directBuffer(content.length).writeBytes(content));
        }
        // A body that was refused may not have been read to its end.
        end(head.keepAlive() && (!head.hasBody() || body != null));
    }

    /** Begins an answer that is passed on; gives whether the body is to be chunked. */
    boolean beginPassed(StringBuilder text, long length, String note) {
        boolean chunked = framing(text, length);
        text.append("Cache-Status: ").append(Heads.NAME).append(note).append("\r\n");
        if (originMillis >= 0) {
            text.append("X-Millrace-Origin-Ms: ").append(originMillis).append("\r\n");
        }
        connectionField(text, keepAlive(length));
        text.append("\r\n");
        begin(text);
        return chunked;
    }

    /** Begins a passed answer that has no body (204, 304): its head says no length. */
    void beginBodyless(StringBuilder text, String note) {
        text.append("Cache-Status: ").append(Heads.NAME).append(note).append("\r\n");
        connectionField(text, head.keepAlive());
        text.append("\r\n");
        begin(text);
    }

    /** Whether the connection can go on after a body of this length (-1: unknown). */
    boolean keepAlive(long length) {
        return head.keepAlive() && (length >= 0 || head.http11() || isHead());
    }

    private boolean framing(StringBuilder text, long length) {
        if (length >= 0) {
            text.append("Content-Length: ").append(length).append("\r\n");
            return false;
        }
        if (head.http11() && !isHead()) {
            text.append("Transfer-Encoding: chunked\r\n");
            return true;
        }
        return false;
    }

    private void finishHead(StringBuilder text, Entry entry, @Nullable String note, long now) {
        long age = entry.freshness().ageSeconds(now);
        text.append("Age: ").append(age).append("\r\nCache-Status: ").append(Heads.NAME);
        if (note == null) {
            text.append("; hit; ttl=").append(entry.freshness().lifetimeSeconds() - age);
        } else {
            text.append(note);
        }
        text.append("\r\n");
        if (originMillis >= 0) {
            text.append("X-Millrace-Origin-Ms: ").append(originMillis).append("\r\n");
        }
        connectionField(text, keepAlive(entry.body().length()));
        text.append("\r\n");
    }

    private void finishOwn(StringBuilder text) {
        connectionField(text, head.keepAlive() && (!head.hasBody() || body != null));
        text.append("\r\n");
    }

    private void connectionField(StringBuilder text, boolean keepAlive) {
        if (!keepAlive) {
            text.append("Connection: close\r\n");
        } else if (!head.http11()) {
            text.append("Connection: keep-alive\r\n");
        }
    }

    private void begin(StringBuilder text) {
        begin(Heads.bytes(text));
    }

    private void begin(byte[] bytes) {
        answered = true;
        connection.write(connection.alloc().directBuffer(bytes.length).writeBytes(bytes));
    }

    /** The last byte is queued. */
    void end(boolean keepAlive) {
        sender = null;
        onGone = null;
        onWritable = null;
        connection.flush();
        connection.finished(this, keepAlive);
    }

    private static String escaped(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else {
                out.append(c < ' ' ? ' ' : c);
            }
        }
        return out.toString();
    }
}
