package io.millrace.kit.http;

import io.millrace.kit.Ids;
import io.millrace.kit.door.Guest;
import io.netty.util.Attribute;
import io.netty.util.AttributeKey;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.impl.ConnectionBase;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The exchange over Vert.x. The event loop owns the socket: what the virtual thread wants written
 * is handed over as one task, so that an answer costs one hop. Only what an {@link AnswerStream}
 * transfers goes around.
 */
final class VertxExchange implements Exchange {
    /** Bodies up to this length are collected before the virtual thread starts. */
    static final int WHOLE_BODY_BYTES = 64 << 10;

    /** What a small body that hasn't come at once is given first. */
    private static final int FIRST_BYTES = 2 << 10;

    private static final byte[] NOTHING = {};

    /**
     * A connection's latest: in a pipeline the next begins before this one's answer is reported.
     */
    private static final AttributeKey<VertxExchange> LATEST =
            AttributeKey.valueOf("millrace.latest-exchange");

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Context context;
    private final RequestCheck check;
    private final HttpDoorOptions options;
    private final int port;
    private final String id = Ids.requestId();
    private final Guest guest;
    private final Slots.Slot slot;
    private final AtomicBoolean unproven = new AtomicBoolean();
    private final AtomicReference<@Nullable Closing> closing = new AtomicReference<>();
    private final List<String> answerHeaders = new ArrayList<>(24);

    private byte @Nullable [] whole;
    private int collected;
    private @Nullable StreamedBody streamed;
    private @Nullable InputStream body;
    private int status = 200;
    private boolean answered;
    private long bytesSent;
    private @Nullable AnswerStream answerStream;

    /** Of a whole answer; on the event loop. */
    private long held;

    private boolean bodyReleased;

    VertxExchange(
            HttpServerRequest request,
            RequestCheck check,
            HttpDoorOptions options,
            int port,
            Guest guest,
            Slots.Slot slot) {
        this.guest = guest;
        this.slot = slot;
        this.request = request;
        this.response = request.response();
        this.context = ContextInternal.current();
        this.check = check;
        this.options = options;
        this.port = port;
    }

    // --- the event loop's side ---

    /** Arranges for the body, and runs {@code work} on the event loop when it may begin. */
    void start(Runnable work) {
        latest().set(this);
        response.closeHandler(ignored -> gone());
        // Failures of the connection reach the body and the answer by their own handlers.
        response.exceptionHandler(ignored -> gone());
        if (check.contentLength() == 0) {
            if (expectsContinue()) {
                // Needless, but botocore takes an answer that comes without it for the next one's.
                response.writeContinue();
            }
            work.run();
        } else if (check.contentLength() > 0
                && check.contentLength() <= WHOLE_BODY_BYTES
                && !expectsContinue()) {
            guest.awaited();
            collect(work);
        } else {
            guest.awaited();
            streamed =
                    new StreamedBody(
                            request,
                            context,
                            expectsContinue(),
                            options.idleTimeout(),
                            guest,
                            slot);
            work.run();
        }
    }

    /** Takes room as bytes come, not as they are announced. */
    private void collect(Runnable work) {
        int length = (int) check.contentLength();
        request.handler(
                chunk -> {
                    byte[] into = room(collected + chunk.length(), length);
                    chunk.getBytes(0, chunk.length(), into, collected);
                    collected += chunk.length();
                });
        request.endHandler(ignored -> work.run());
        request.exceptionHandler(ignored -> gone());
    }

    private byte[] room(int needed, int length) {
        byte[] before = whole;
        if (before != null && before.length >= needed) {
            return before;
        }
        int size = before == null ? FIRST_BYTES : 2 * before.length;
        size = Math.min(length, Math.max(needed, size));
        byte[] more = before == null ? new byte[size] : Arrays.copyOf(before, size);
        guest.hold(size - (before == null ? 0 : before.length));
        whole = more;
        return more;
    }

    /** On the event loop: whether a thread may be had for it. */
    boolean mayBegin() {
        if (streamed == null) {
            guest.served();
            return slot.take();
        }
        // Nobody reads the body of those, so that it would never end.
        boolean read =
                switch (method()) {
                    case "GET", "HEAD", "DELETE", "OPTIONS" -> false;
                    default -> true;
                };
        if (!read && !slot.take()) {
            return false;
        }
        if (!guest.beginsUnproven()) {
            slot.giveBack();
            return false;
        }
        unproven.set(true);
        return true;
    }

    private void endsUnproven() {
        if (unproven.compareAndSet(true, false)) {
            guest.endsUnproven();
        }
    }

    Guest guest() {
        return guest;
    }

    Slots.Slot slot() {
        return slot;
    }

    /** Answers on the event loop without a handler, and closes. */
    void refuse(int code, String text) {
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        response.setStatusCode(code);
        response.putHeader("Content-Type", "text/plain; charset=utf-8");
        response.putHeader("Connection", "close");
        Lingering.say(request.connection());
        response.putHeader("Millrace-Request-Id", id);
        response.end(Buffer.buffer(bytes)).onComplete(ignored -> linger());
    }

    private void linger() {
        StreamedBody unread = streamed;
        if (unread != null) {
            unread.leave();
        }
        guest.awaited();
        Lingering.close(request, context);
    }

    private Attribute<VertxExchange> latest() {
        return ((ConnectionBase) request.connection()).channel().attr(LATEST);
    }

    private boolean expectsContinue() {
        String expect = request.getHeader("Expect");
        return expect != null && expect.equalsIgnoreCase("100-continue");
    }

    private void gone() {
        StreamedBody reading = streamed;
        if (reading != null) {
            reading.fail("The client closed the connection before the body ended.");
        }
        AnswerStream writing = answerStream;
        if (writing != null) {
            writing.gone();
        }
        closed();
    }

    private void closed() {
        Closing before = closing.getAndSet(Closing.DONE);
        for (Closing at = before; at != null; at = at.next()) {
            if (at.action() != null) {
                at.action().run();
            }
        }
    }

    private boolean ended() {
        Closing at = closing.get();
        return at != null && at.action() == null;
    }

    // --- the virtual thread's side ---

    @Override
    public String requestId() {
        return id;
    }

    @Override
    public String method() {
        return request.method().name();
    }

    @Override
    public String rawPath() {
        return check.path();
    }

    @Override
    public String rawQuery() {
        return check.query();
    }

    @Override
    public @Nullable String header(String name) {
        return request.getHeader(name);
    }

    @Override
    public List<String> headers(String name) {
        return request.headers().getAll(name);
    }

    @Override
    public List<Map.Entry<String, String>> headers() {
        return request.headers().entries();
    }

    @Override
    public String remoteAddress() {
        InetAddress peer = peer();
        return peer == null
                ? ""
                : options.proxies().client(peer, headers("X-Forwarded-For")).getHostAddress();
    }

    private @Nullable InetAddress peer() {
        return ((ConnectionBase) request.connection()).channel().remoteAddress()
                        instanceof InetSocketAddress socket
                ? socket.getAddress()
                : null;
    }

    @Override
    public int localPort() {
        return port;
    }

    @Override
    public boolean secure() {
        if (request.isSSL()) {
            return true;
        }
        InetAddress peer = peer();
        return peer != null
                && options.proxies().trust(peer)
                && "https".equalsIgnoreCase(header("X-Forwarded-Proto"));
    }

    @Override
    public void pause(Duration time) throws InterruptedException {
        guest.awaited(); // for its sake: let it go before others
        slot.waitsForClient();
        try {
            Thread.sleep(time);
        } finally {
            slot.goesOn();
        }
    }

    @Override
    public boolean proven() {
        guest.proven();
        endsUnproven();
        return slot.take();
    }

    @Override
    public long contentLength() {
        return check.contentLength();
    }

    @Override
    public InputStream body() {
        InputStream already = body;
        if (already != null) {
            return already;
        }
        byte[] bytes = whole;
        StreamedBody stream = streamed;
        InputStream made =
                bytes != null
                        ? new ByteArrayInputStream(bytes)
                        : stream != null ? stream : InputStream.nullInputStream();
        body = made;
        return made;
    }

    @Override
    public byte @Nullable [] wholeBody() {
        return streamed != null ? null : whole == null ? NOTHING : whole;
    }

    @Override
    public Exchange status(int code) {
        status = code;
        return this;
    }

    @Override
    public Exchange setHeader(String name, String value) {
        for (int i = answerHeaders.size() - 2; i >= 0; i -= 2) {
            if (answerHeaders.get(i).equalsIgnoreCase(name)) {
                answerHeaders.remove(i + 1);
                answerHeaders.remove(i);
            }
        }
        return addHeader(name, value);
    }

    @Override
    public Exchange addHeader(String name, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7F) {
                throw new IllegalArgumentException("A control character in header " + name);
            }
        }
        answerHeaders.add(name);
        answerHeaders.add(value);
        return this;
    }

    @Override
    public void send() {
        send(NOTHING);
    }

    @Override
    public void send(String utf8) {
        send(utf8.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void send(byte[] bytes) {
        begin();
        bytesSent = bytes.length;
        boolean closeAfter = closeAfterAnswer();
        context.runOnContext(
                ignored -> {
                    releaseBody();
                    guest.awaited();
                    guest.hold(bytes.length);
                    held += bytes.length;
                    writeHead(closeAfter);
                    var ended =
                            bytes.length == 0 ? response.end() : response.end(Buffer.buffer(bytes));
                    after(ended, closeAfter);
                });
    }

    @Override
    public AnswerBody stream(long length) {
        begin();
        boolean closeAfter = closeAfterAnswer();
        AnswerStream out = new AnswerStream(this, response, context, length, closeAfter);
        answerStream = out;
        if (ended()) {
            out.gone();
        }
        context.runOnContext(
                ignored -> {
                    writeHead(closeAfter);
                    if (length >= 0) {
                        response.putHeader("Content-Length", Long.toString(length));
                    } else {
                        response.setChunked(true);
                    }
                });
        return out;
    }

    @Override
    public boolean answered() {
        return answered;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public long bytesSent() {
        return bytesSent;
    }

    @Override
    public void abort() {
        answered = true;
        context.runOnContext(ignored -> request.connection().close());
    }

    @Override
    public void onClose(Runnable action) {
        while (true) {
            Closing at = closing.get();
            if (at != null && at.action() == null) {
                action.run();
                return;
            }
            if (closing.compareAndSet(at, new Closing(action, at))) {
                return;
            }
        }
    }

    /**
     * Called once by the door after the handler, however that ended: makes sure that there is an
     * answer or a reset.
     */
    void finish() {
        StreamedBody read = streamed;
        if (read != null) {
            read.release();
            endsUnproven();
        }
        AnswerStream out = answerStream;
        if (out != null) {
            if (!out.ended()) {
                abort();
            }
        } else if (!answered) {
            answerHeaders.clear();
            status(500).setHeader("Content-Type", "text/plain; charset=utf-8");
            setHeader("Millrace-Request-Id", id);
            send("The server failed on request " + id + ".\n");
        }
        // A failure after a whole answer leaves nothing to mend.
    }

    /**
     * The socket for bytes that go as they are, around the event loop; null when it changes them,
     * or can't be had. On the event loop.
     */
    @Nullable SocketTwin twin() {
        return request.isSSL() || response.closed()
                ? null
                : SocketTwin.of(((ConnectionBase) request.connection()).channel());
    }

    @Override
    public int firstBytes() {
        return guest.isDoorCrowded() ? Crowd.FIRST_BYTES : HeapForAnswers.LITTLE_BYTES;
    }

    /** How long a connection may rest, as the event loop sees it. */
    Duration idleTimeout() {
        return options.idleTimeout();
    }

    void sent(int bytes) {
        bytesSent += bytes;
    }

    /** On the event loop, once the last byte of the answer was handed to the socket. */
    void after(io.vertx.core.Future<Void> ended, boolean closeAfter) {
        ended.onComplete(
                outcome -> {
                    releaseBody();
                    if (held > 0) {
                        guest.release(held);
                        held = 0;
                    }
                    if (closeAfter || outcome.failed()) {
                        linger();
                    } else if (latest().compareAndSet(this, null)) {
                        guest.rests();
                    }
                    closed();
                });
    }

    /** On the event loop. */
    private void releaseBody() {
        byte[] bytes = whole;
        if (bytes != null && !bodyReleased) {
            bodyReleased = true;
            guest.release(bytes.length);
        }
    }

    private void begin() {
        if (answered) {
            throw new IllegalStateException("Already answered");
        }
        answered = true;
        StreamedBody coming = streamed;
        if (coming != null) {
            coming.answering();
        }
    }

    /** An answer before the end of the body leaves the connection unusable for another request. */
    private boolean closeAfterAnswer() {
        StreamedBody stream = streamed;
        return stream != null && !stream.exhausted();
    }

    private void writeHead(boolean closeAfter) {
        response.setStatusCode(status);
        var headers = response.headers();
        headers.add("Date", HttpDate.now());
        for (int i = 0; i < answerHeaders.size(); i += 2) {
            headers.add(answerHeaders.get(i), answerHeaders.get(i + 1));
        }
        if (closeAfter) {
            headers.set("Connection", "close");
            Lingering.say(request.connection());
        }
    }

    /** Actions for the end, newest first; {@link #DONE} once they ran. */
    private record Closing(@Nullable Runnable action, @Nullable Closing next) {
        static final Closing DONE = new Closing(null, null);
    }
}
