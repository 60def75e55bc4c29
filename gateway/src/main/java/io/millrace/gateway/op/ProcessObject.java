package io.millrace.gateway.op;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.kit.http.ByteRange;
import io.millrace.kit.http.Exchange;
import io.millrace.kit.http.HttpDate;
import io.millrace.media.Media;
import io.millrace.media.ProcessAnswer;
import io.millrace.media.ProcessPlan;
import java.io.IOException;
import java.io.OutputStream;

/** GET /bucket/key?x-oss-process=…: the answer is made from the object, and may be cached. */
final class ProcessObject {
    private static final int ONE_WRITE_BYTES = 1 << 20;

    private ProcessObject() {}

    static void run(Call call, ObjectRequest.ProcessObject request) throws IOException {
        Media media = Processing.media(call);
        ProcessPlan plan =
                Processing.plan(call, media, request.bucket(), request.key(), request.process());
        if (!plan.writes().isEmpty()) {
            throw new GatewayException(
                    ErrorCode.INVALID_REQUEST, "A process that saves its result must be POSTed.");
        }
        // Equal requests on an unchanged source have equal ETags: no work for a fresh copy, nor for
        // one that somebody else has changed.
        media.version(plan)
                .map(v -> new Validators(v.etag(), v.lastModified()))
                .ifPresent(v -> v.judge(call, request.conditions()));
        switch (media.run(plan, Processing.asker(call))) {
            case ProcessAnswer.Answer answer -> send(call, request, answer);
            case ProcessAnswer.Refused refused -> throw Processing.refusal(refused);
        }
    }

    private static void send(
            Call call, ObjectRequest.ProcessObject request, ProcessAnswer.Answer answer)
            throws IOException {
        byte[] bytes = answer.bytes();
        ByteRange.Selection range =
                new Validators(answer.etag(), answer.lastModified())
                        .select(
                                request.range(),
                                request.ifRange(),
                                request.strictRange(),
                                bytes.length);
        Exchange exchange = call.exchange();
        ContentType.set(exchange, answer.contentType());
        exchange.setHeader("ETag", call.answers().etag(answer.etag()));
        exchange.setHeader("Last-Modified", HttpDate.format(answer.lastModified()));
        exchange.setHeader("Accept-Ranges", "bytes");
        answer.headers().forEach((n, v) -> exchange.setHeader(GetObject.systemName(n), v));
        int from = 0;
        int length = bytes.length;
        if (range instanceof ByteRange.Part part) {
            exchange.status(206);
            exchange.setHeader("Content-Range", part.contentRange(bytes.length));
            from = (int) part.from();
            length = (int) part.length();
        }
        if (request.head()) {
            exchange.setHeader("Content-Length", Integer.toString(length)).send();
        } else if (length == bytes.length && length <= ONE_WRITE_BYTES) {
            exchange.send(bytes);
        } else {
            // The array is everybody's who waits for this result: nobody copies it as a whole.
            try (OutputStream out = exchange.stream(length)) {
                out.write(bytes, from, length);
            }
        }
    }
}
