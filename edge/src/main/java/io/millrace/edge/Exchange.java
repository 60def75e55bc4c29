package io.millrace.edge;

import io.millrace.edge.cache.Entry;
import io.millrace.edge.cache.Fill;
import io.millrace.edge.http.Headers;
import io.millrace.edge.http.RequestHead;
import io.millrace.edge.rules.Domain;
import io.millrace.edge.rules.Proof;
import io.millrace.kit.door.TrustedProxies;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer. All methods run on the viewer's event loop.
 *
 * <p>The router fills in what it found; then exactly one of the answering methods is called.
 */
final class Exchange {
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
    private final long startNanos;
    private int status;
    private long sentBytes;
    private Outcome outcome = Outcome.OWN;
    private boolean counted;

    Exchange(Core core, Connection connection, RequestHead head, byte @Nullable [] body) {
        this.core = core;
        this.connection = connection;
        this.head = head;
        this.body = body;
        this.startNanos = core.accessLog() == null ? 0 : core.nanos();
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

    @Nullable Proof proof() {
        return proof;
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

    long originMillis() {
        return originMillis;
    }

    /** Where the answer comes from; counted once, when it has ended. */
    void outcome(Outcome found) {
        outcome = found;
    }

    /** Bytes of the origin turn out to be needed, so that it is no hit. */
    void neededOrigin() {
        if (outcome == Outcome.HIT) {
            outcome = Outcome.MISS;
        }
    }

    /** Counts bytes of a body that were queued for the viewer. */
    void sent(long bytes) {
        sentBytes += bytes;
        counters().bytes.add(bytes);
    }

    private void count() {
        if (counted || domain == null) {
            return;
        }
        counted = true;
        counters().count(outcome);
        AccessLog log = core.accessLog();
        if (log != null) {
            log.write(this, status, sentBytes, outcome, core.nanos() - startNanos);
        }
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
        count();
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
     * @param fill what brings its bytes, if they are not all here
     * @param note the value of Cache-Status behind the name, null for a plain hit
     */
    void serve(Entry entry, @Nullable Fill fill, @Nullable String note) {
        if (!gone) {
            new StoredAnswer(this, entry, fill, note).send();
        }
    }

    void stream(BodySender next, boolean keepAlive) {
        sender = next;
        next.start(keepAlive);
    }

    /** Passes on what the origin says ahead of its answer, as long as no answer has begun. */
    void interim(int status, Headers fields) {
        if (gone || answered || !head.http11()) {
            return;
        }
        StringBuilder text = Heads.status(new StringBuilder(128), status);
        fields.forEach(
                (name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
        byte[] bytes = Heads.bytes(text.append("\r\n"));
        connection.write(connection.alloc().directBuffer(bytes.length).writeBytes(bytes));
        connection.flush();
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

    /** Says how long the body is; gives whether it is chunked. */
    boolean framing(StringBuilder text, long length) {
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

    void finishOwn(StringBuilder text) {
        connectionField(text, head.keepAlive() && (!head.hasBody() || body != null));
        text.append("\r\n");
    }

    void connectionField(StringBuilder text, boolean keepAlive) {
        if (!keepAlive) {
            text.append("Connection: close\r\n");
        } else if (!head.http11()) {
            text.append("Connection: keep-alive\r\n");
        }
    }

    /** From now on only a reset can tell of a failure. */
    void began(int answer) {
        answered = true;
        status = answer;
    }

    void begin(StringBuilder text) {
        begin(Heads.bytes(text));
    }

    void begin(byte[] bytes) {
        began((bytes[9] - '0') * 100 + (bytes[10] - '0') * 10 + bytes[11] - '0');
        connection.write(connection.alloc().directBuffer(bytes.length).writeBytes(bytes));
    }

    /** The last byte is queued. */
    void end(boolean keepAlive) {
        count();
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
