package io.millrace.kit.http;

import io.millrace.kit.Ids;
import io.millrace.kit.MonotonicClock;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.impl.ConnectionBase;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    private static final MonotonicClock CLOCK = MonotonicClock.system();
    private static final byte[] NOTHING = {};

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Context context;
    private final RequestCheck check;
    private final HttpDoorOptions options;
    private final int port;
    private final String id = Ids.requestId();
    private final long startedNanos = CLOCK.nanos();
    private final AtomicReference<@Nullable Closing> closing = new AtomicReference<>();
    private final List<String> answerHeaders = new ArrayList<>(24);

    private byte @Nullable [] whole;
    private volatile int collected;
    private @Nullable StreamedBody streamed;
    private @Nullable InputStream body;
    private int status = 200;
    private boolean answered;
    private long bytesSent;
    private @Nullable AnswerStream answerStream;

    VertxExchange(
            HttpServerRequest request, RequestCheck check, HttpDoorOptions options, int port) {
        this.request = request;
        this.response = request.response();
        this.context = ContextInternal.current();
        this.check = check;
        this.options = options;
        this.port = port;
    }

    // --- the event loop's side ---

    /** Arranges for the body, and runs {@code work} on the event loop when it may begin. */
    void start(Runnable work, SmallBodies smallBodies) {
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
                && !expectsContinue()
                && smallBodies.reserve((int) check.contentLength())) {
            collect(work, smallBodies);
        } else {
            streamed = new StreamedBody(request, context, expectsContinue(), options.idleTimeout());
            work.run();
        }
    }

    private void collect(Runnable work, SmallBodies smallBodies) {
        byte[] bytes = new byte[(int) check.contentLength()];
        whole = bytes;
        request.handler(
                chunk -> {
                    int at = collected;
                    int length = chunk.length();
                    chunk.getBytes(0, length, bytes, at);
                    collected = at + length;
                    if (at == 0 && length < bytes.length) {
                        smallBodies.watch(this);
                    }
                });
        boolean[] reserved = {true};
        Runnable release =
                () -> {
                    if (reserved[0]) {
                        reserved[0] = false;
                        smallBodies.release(bytes.length);
                    }
                };
        onClose(release);
        request.endHandler(
                ignored -> {
                    release.run();
                    work.run();
                });
        request.exceptionHandler(ignored -> gone());
    }

    /** Whether a small body is still arriving. */
    boolean collecting() {
        byte[] bytes = whole;
        return bytes != null && collected < bytes.length && !ended();
    }

    long startedNanos() {
        return startedNanos;
    }

    /** Answers on the event loop without a handler, and closes. */
    void refuse(int code, String text) {
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        response.setStatusCode(code);
        response.putHeader("Content-Type", "text/plain; charset=utf-8");
        response.putHeader("Connection", "close");
        response.putHeader("Millrace-Request-Id", id);
        response.end(Buffer.buffer(bytes)).onComplete(ignored -> linger());
    }

    private void linger() {
        StreamedBody unread = streamed;
        if (unread != null) {
            unread.leave();
        }
        Lingering.close(request, context);
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
        var address = request.remoteAddress();
        String host = address == null ? null : address.hostAddress();
        return host == null ? "" : host;
    }

    @Override
    public int localPort() {
        return port;
    }

    @Override
    public boolean secure() {
        return request.isSSL();
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
        return secure() || response.closed()
                ? null
                : SocketTwin.of(((ConnectionBase) request.connection()).channel());
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
                    if (closeAfter || outcome.failed()) {
                        linger();
                    }
                    closed();
                });
    }

    private void begin() {
        if (answered) {
            throw new IllegalStateException("Already answered");
        }
        answered = true;
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
        }
    }

    /** Actions for the end, newest first; {@link #DONE} once they ran. */
    private record Closing(@Nullable Runnable action, @Nullable Closing next) {
        static final Closing DONE = new Closing(null, null);
    }
}
