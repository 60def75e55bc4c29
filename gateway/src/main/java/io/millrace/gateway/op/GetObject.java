package io.millrace.gateway.op;

import io.millrace.access.Caller;
import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.kit.http.AnswerBody;
import io.millrace.kit.http.ByteRange;
import io.millrace.kit.http.Exchange;
import io.millrace.kit.http.HttpDate;
import io.millrace.kit.http.Piece;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.ReadConditions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** GET and HEAD /bucket/key, with one range and conditions. */
final class GetObject {
    /**
     * Answers up to this size are read before the first byte is sent, so that a failure is a 500.
     */
    private static final int WHOLE_BYTES = 64 << 10;

    private static final int BLOCK_BYTES = 64 << 10;

    /** Answers up to this size cost less as one array; larger ones could wait for slow readers. */
    private static final int ON_HEAP_BYTES = 16 << 10;

    private GetObject() {}

    static void run(Call call, ObjectRequest.GetObject request) throws IOException {
        if (!request.overrides().isEmpty() && call.caller() instanceof Caller.Anonymous) {
            // Else anybody could make a page of a public file under this host.
            throw new GatewayException(
                    ErrorCode.INVALID_REQUEST,
                    "Request specific response headers cannot be used for anonymous GET requests.");
        }
        if (request.head() && request.partNumber() == 0) {
            ObjectInfo info = Existing.object(call, request.bucket(), request.key());
            describeAlone(call, request, info, judged(call, request, info));
            return;
        }
        try (ObjectReader reader =
                call.store()
                        .objects()
                        .open(request.bucket(), request.key())
                        .orElseThrow(() -> Existing.noSuchKey(request.key()))) {
            answer(call, request, reader);
        }
    }

    /** The answer to HEAD. */
    private static void describeAlone(
            Call call,
            ObjectRequest.GetObject request,
            ObjectInfo info,
            ByteRange.Selection range) {
        describe(call, request, info, range);
        call.exchange().setHeader("Content-Length", Long.toString(length(range, info))).send();
    }

    private static void answer(Call call, ObjectRequest.GetObject request, ObjectReader reader)
            throws IOException {
        ObjectInfo info = reader.info();
        ByteRange.Selection range =
                request.partNumber() == 0
                        ? judged(call, request, info)
                        : part(call, request, reader);
        if (request.head()) {
            describeAlone(call, request, info, range);
            return;
        }
        long from = range instanceof ByteRange.Part part ? part.from() : 0;
        long length = length(range, info);
        // Read before the answer begins, so that bytes that can't be read are an error of their own
        // and not one that carries the object's headers.
        if (length <= ON_HEAP_BYTES) {
            byte[] whole = new byte[(int) length];
            fill(reader, from, ByteBuffer.wrap(whole));
            describe(call, request, info, range);
            pass(call, whole.length);
            call.exchange().send(whole);
            return;
        }
        try (Piece first =
                Piece.read(first(call, from, length), (at, to) -> fill(reader, from + at, to))) {
            describe(call, request, info, range);
            pass(call, first.length());
            send(call, reader, from, length, first);
        }
    }

    /** All of a small answer; of a larger one the bytes up to the next block's beginning. */
    private static int first(Call call, long from, long length) {
        long block = length <= WHOLE_BYTES ? length : BLOCK_BYTES - from % BLOCK_BYTES;
        return (int) Math.min(block, call.exchange().firstBytes());
    }

    private static void pass(Call call, int bytes) throws IOException {
        Pace pace = call.pace();
        if (pace != null) {
            pace.passed(bytes);
        }
    }

    private static long length(ByteRange.Selection range, ObjectInfo info) {
        return range instanceof ByteRange.Part part ? part.length() : info.sizeBytes();
    }

    /** Judges the conditions and the range. */
    private static ByteRange.Selection judged(
            Call call, ObjectRequest.GetObject request, ObjectInfo info) {
        judge(call, request.conditions(), info);
        return new Validators(info.etag(), info.lastModified())
                .select(
                        request.range(),
                        request.ifRange(),
                        request.strictRange(),
                        info.sizeBytes());
    }

    /** Judges the conditions and finds the part. */
    private static ByteRange.Selection part(
            Call call, ObjectRequest.GetObject request, ObjectReader reader) {
        judge(call, request.conditions(), reader.info());
        List<Long> sizes = reader.partSizes();
        int number = request.partNumber();
        if (number > Math.max(1, sizes.size())) {
            throw new GatewayException(ErrorCode.INVALID_PART_NUMBER)
                    .with("PartNumberRequested", Integer.toString(number))
                    .with("ActualPartCount", Integer.toString(Math.max(1, sizes.size())));
        }
        if (sizes.isEmpty()) {
            long size = reader.info().sizeBytes();
            return size == 0 ? new ByteRange.Whole() : new ByteRange.Part(0, size);
        }
        if (call.dialect() == Dialect.S3) {
            call.exchange().setHeader("x-amz-mp-parts-count", Integer.toString(sizes.size()));
        }
        long from = sizes.subList(0, number - 1).stream().mapToLong(Long::longValue).sum();
        long size = sizes.get(number - 1);
        boolean whole = size == 0 && sizes.size() == 1;
        return whole ? new ByteRange.Whole() : new ByteRange.Part(from, size);
    }

    /** Sets status and headers. */
    private static void describe(
            Call call,
            ObjectRequest.GetObject request,
            ObjectInfo info,
            ByteRange.Selection range) {
        Exchange exchange = call.exchange();
        headers(call, info);
        request.overrides().forEach(exchange::setHeader);
        String given = request.overrides().get("Content-Type");
        ContentType.set(exchange, given == null ? type(call, info) : given);
        if (range instanceof ByteRange.Part part) {
            exchange.status(206);
            if (part.length() > 0) { // an empty last part is no range of bytes that has a name
                exchange.setHeader("Content-Range", part.contentRange(info.sizeBytes()));
            }
        } else {
            exchange.status(200);
        }
    }

    /** Answers 304 or 412 where the conditions say so. */
    static void judge(Call call, ReadConditions conditions, ObjectInfo info) {
        new Validators(info.etag(), info.lastModified()).judge(call, conditions);
    }

    private static String type(Call call, ObjectInfo info) {
        String type = info.contentType();
        return type == null ? call.answers().defaultContentType() : type;
    }

    /** The headers that describe an object, but for its type. */
    static void headers(Call call, ObjectInfo info) {
        Exchange exchange = call.exchange();
        exchange.setHeader("ETag", call.answers().etag(info.etag()));
        exchange.setHeader("Last-Modified", HttpDate.format(info.lastModified()));
        exchange.setHeader("Accept-Ranges", "bytes");
        info.headers().forEach((name, value) -> exchange.setHeader(systemName(name), value));
        boolean s3 = call.dialect() == Dialect.S3;
        for (Map.Entry<String, String> meta : info.userMetadata().entrySet()) {
            String value = meta.getValue();
            exchange.setHeader(
                    call.dialect().header("meta-") + meta.getKey(),
                    s3 ? EncodedWord.of(value) : value);
        }
        call.answers().objectHeaders(exchange, info);
    }

    /** A kept header as it is written. */
    static String systemName(String lowerCase) {
        return switch (lowerCase) {
            case "cache-control" -> "Cache-Control";
            case "content-disposition" -> "Content-Disposition";
            case "content-encoding" -> "Content-Encoding";
            case "content-language" -> "Content-Language";
            case "expires" -> "Expires";
            default -> lowerCase;
        };
    }

    private static void send(Call call, ObjectReader reader, long from, long length, Piece first)
            throws IOException {
        Pace pace = call.pace();
        // Not try-with-resources: after a failure the stream must stay open to be reset.
        AnswerBody out = call.exchange().stream(length);
        out.write(first);
        long next = from + first.length();
        long rest = length - first.length();
        if (pace == null) {
            out.transfer(rest, (at, into) -> fill(reader, next + at, into));
        } else {
            slowly(out, pace, reader, next, rest);
        }
        out.close();
    }

    private static void slowly(
            AnswerBody out, Pace pace, ObjectReader reader, long from, long length)
            throws IOException {
        byte[] piece = new byte[Pace.PIECE_BYTES];
        for (long at = 0; at < length; ) {
            int count = (int) Math.min(piece.length, length - at);
            fill(reader, from + at, ByteBuffer.wrap(piece, 0, count));
            pace.passed(count);
            out.write(piece, 0, count);
            at += count;
        }
    }

    private static void fill(ObjectReader reader, long from, ByteBuffer into) {
        int wanted = into.remaining();
        if (reader.read(from, into) != wanted) {
            throw new GatewayException(ErrorCode.INTERNAL, "The object is shorter than it says.");
        }
    }
}
