package io.millrace.testkit;

import io.millrace.kit.http.AnswerBody;
import io.millrace.kit.http.Exchange;
import io.millrace.kit.http.Piece;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An exchange in memory, for tests of what stands behind a door. Not thread-safe. */
public final class FakeExchange implements Exchange {
    private final String method;
    private final String path;
    private final String query;
    private final List<Map.Entry<String, String>> headers = new ArrayList<>();
    private final List<Map.Entry<String, String>> answerHeaders = new ArrayList<>();
    private byte[] body = {};
    private int status = 200;
    private boolean answered;
    private boolean aborted;
    private final ByteArrayOutputStream answer = new ByteArrayOutputStream();

    /** A request such as {@code GET}, {@code /bucket/key?acl}, from 127.0.0.1 to port 9000. */
    public FakeExchange(String method, String target) {
        this.method = method;
        int question = target.indexOf('?');
        this.path = question < 0 ? target : target.substring(0, question);
        this.query = question < 0 ? "" : target.substring(question + 1);
    }

    /** Adds a request header. */
    public FakeExchange with(String name, String value) {
        headers.add(Map.entry(name, value));
        return this;
    }

    public FakeExchange body(byte[] bytes) {
        body = bytes;
        return this;
    }

    public FakeExchange body(String text) {
        return body(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The body sent so far. */
    public byte[] answerBytes() {
        return answer.toByteArray();
    }

    public String answerText() {
        return answer.toString(StandardCharsets.UTF_8);
    }

    /** The first answer header of that name, or null. */
    public @Nullable String answerHeader(String name) {
        return first(answerHeaders, name);
    }

    public boolean aborted() {
        return aborted;
    }

    private static @Nullable String first(List<Map.Entry<String, String>> in, String name) {
        for (Map.Entry<String, String> header : in) {
            if (header.getKey().equalsIgnoreCase(name)) {
                return header.getValue();
            }
        }
        return null;
    }

    @Override
    public String requestId() {
        return "0123456789ABCDEF01234567";
    }

    @Override
    public String method() {
        return method;
    }

    @Override
    public String rawPath() {
        return path;
    }

    @Override
    public String rawQuery() {
        return query;
    }

    @Override
    public @Nullable String header(String name) {
        return first(headers, name);
    }

    @Override
    public List<String> headers(String name) {
        return headers.stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .map(Map.Entry::getValue)
                .toList();
    }

    @Override
    public List<Map.Entry<String, String>> headers() {
        return List.copyOf(headers);
    }

    @Override
    public String remoteAddress() {
        return "127.0.0.1";
    }

    @Override
    public int localPort() {
        return 9000;
    }

    @Override
    public boolean secure() {
        return false;
    }

    @Override
    public long contentLength() {
        return body.length;
    }

    @Override
    public InputStream body() {
        return new ByteArrayInputStream(body);
    }

    @Override
    public byte @Nullable [] wholeBody() {
        return body;
    }

    @Override
    public void pause(Duration time) throws InterruptedException {
        Thread.sleep(time);
    }

    @Override
    public boolean proven() {
        return true;
    }

    @Override
    public Exchange status(int code) {
        status = code;
        return this;
    }

    @Override
    public Exchange setHeader(String name, String value) {
        answerHeaders.removeIf(header -> header.getKey().equalsIgnoreCase(name));
        return addHeader(name, value);
    }

    @Override
    public Exchange addHeader(String name, String value) {
        answerHeaders.add(Map.entry(name, value));
        return this;
    }

    @Override
    public void send() {
        send(new byte[0]);
    }

    @Override
    public void send(byte[] bytes) {
        if (answered) {
            throw new IllegalStateException("Already answered");
        }
        answered = true;
        answer.writeBytes(bytes);
    }

    @Override
    public void send(String utf8) {
        send(utf8.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int firstBytes() {
        return 64 << 10;
    }

    @Override
    public AnswerBody stream(long length) {
        answered = true;
        return new AnswerBody() {
            @Override
            public void write(int b) {
                answer.write(b);
            }

            @Override
            public void write(byte[] from, int offset, int count) {
                answer.write(from, offset, count);
            }

            @Override
            public void write(Piece piece) {
                answer.writeBytes(piece.toByteArray());
            }

            @Override
            public void transfer(long count, Source source) throws IOException {
                ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(count));
                source.fill(0, bytes);
                answer.writeBytes(bytes.array());
            }
        };
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
        return answer.size();
    }

    @Override
    public void abort() {
        aborted = true;
        answered = true;
    }

    @Override
    public void onClose(Runnable action) {
        action.run();
    }
}
