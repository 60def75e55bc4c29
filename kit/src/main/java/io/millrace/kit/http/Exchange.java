package io.millrace.kit.http;

import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request and its answer. Used by the request's own virtual thread only, except {@link
 * #onClose}, whose callback may come from any thread.
 */
public interface Exchange {
    /** The request's id: 24 upper-case hexadecimal digits, unique. */
    String requestId();

    /** The method as sent, such as {@code GET}. */
    String method();

    /**
     * The path as sent, percent-encoded, starting with a slash ({@code *} for {@code OPTIONS *}).
     */
    String rawPath();

    /** The query as sent, without the question mark; empty when there is none. */
    String rawQuery();

    /** The first header of that name (any case), or null. */
    @Nullable String header(String name);

    /** Every header of that name (any case), in order. */
    List<String> headers(String name);

    /** Every header as sent, in order. */
    List<Map.Entry<String, String>> headers();

    /**
     * The client's address in text: the peer's, or what a trusted proxy says in {@code
     * X-Forwarded-For}.
     */
    String remoteAddress();

    /** The port that the request came in by. */
    int localPort();

    /** Whether the client's connection is encrypted, as far as a trusted proxy says so, too. */
    boolean secure();

    /** The length that the client announced, in bytes; -1 when unknown (chunked), 0 when none. */
    long contentLength();

    /**
     * The body: blocking and back-pressured. A client that goes away, stalls or trickles makes
     * reads throw {@link java.io.IOException}; it never looks like a clean end. A client that waits
     * for {@code 100 Continue} gets it at the first read.
     */
    InputStream body();

    /**
     * The body as an array when it arrived whole before the handler ran (at most 64 KiB), else
     * null: read {@link #body} then. Not to be changed; empty when there is no body.
     */
    byte @Nullable [] wholeBody();

    /**
     * Tells the door that the caller has proved who they are, before the body is read: from here on
     * the request counts among those that are worked on, and its connection goes after strangers'
     * when the door has to shed some.
     *
     * @return false when too many are: answer that the server is busy, and do nothing
     */
    boolean proven();

    /**
     * Waits for the client's sake, as it wants to be served slowly: others have its place
     * meanwhile.
     */
    void pause(Duration time) throws InterruptedException;

    /** Sets the status, 200 until then. */
    Exchange status(int code);

    /** Sets an answer header, replacing any of that name. */
    Exchange setHeader(String name, String value);

    /** Adds an answer header beside any of that name. */
    Exchange addHeader(String name, String value);

    /** Ends the answer without a body. A {@code Content-Length} that was set is kept (for HEAD). */
    void send();

    /** Ends the answer with {@code body}; the array must not change afterwards. */
    void send(byte[] body);

    /** Ends the answer with text in UTF-8. */
    void send(String utf8);

    /**
     * How much of a long answer to read before it begins, in bytes, and keep until the client takes
     * it: little where many are at the door.
     */
    int firstBytes();

    /**
     * Starts an answer whose body follows: {@code length} bytes, or chunked when -1. Writes block
     * while the client is slow and throw once it has gone. Closing ends the answer; closing before
     * {@code length} bytes resets the connection. For a chunked answer close only what is whole:
     * call {@link #abort} (or throw without closing) after a failure.
     */
    AnswerBody stream(long length);

    /** Whether an answer was sent or begun. */
    boolean answered();

    /** The status of the answer as set so far. */
    int status();

    /** Bytes of answer body handed over so far. */
    long bytesSent();

    /** Resets the connection: the client sees a failure, never a clean end. */
    void abort();

    /**
     * Calls {@code action} once when the answer has ended or the client has gone; at once if so.
     */
    void onClose(Runnable action);
}
