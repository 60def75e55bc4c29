package io.millrace.gateway.op;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.kit.http.Exchange;
import io.millrace.kit.http.HttpDate;
import io.millrace.media.Media;
import io.millrace.media.ProcessAnswer;
import io.millrace.media.ProcessPlan;
import java.util.List;

/** GET /bucket/key?x-oss-process=…: the answer is made from the object, and may be cached. */
final class ProcessObject {
    private ProcessObject() {}

    static void run(Call call, ObjectRequest.ProcessObject request) {
        Media media = Processing.media(call);
        ProcessPlan plan =
                Processing.plan(call, media, request.bucket(), request.key(), request.process());
        if (!plan.writes().isEmpty()) {
            throw new GatewayException(
                    ErrorCode.INVALID_REQUEST, "A process that saves its result must be POSTed.");
        }
        List<String> known = request.conditions().ifNoneMatch();
        if (known != null) {
            // Equal requests on an unchanged source have equal ETags: no work for a fresh copy.
            media.etag(plan)
                    .filter(etag -> known.contains(etag) || known.contains("*"))
                    .ifPresent(
                            etag -> {
                                throw new GatewayException(ErrorCode.NOT_MODIFIED)
                                        .withHeader("ETag", '"' + etag + '"');
                            });
        }
        switch (media.run(plan, Processing.asker(call))) {
            case ProcessAnswer.Answer answer -> {
                Exchange exchange = call.exchange();
                ContentType.set(exchange, answer.contentType());
                exchange.setHeader("ETag", '"' + answer.etag() + '"');
                exchange.setHeader("Last-Modified", HttpDate.format(answer.lastModified()));
                if (request.head()) {
                    exchange.setHeader("Content-Length", Integer.toString(answer.bytes().length))
                            .send();
                } else {
                    exchange.send(answer.bytes());
                }
            }
            case ProcessAnswer.Refused refused -> throw Processing.refusal(refused);
        }
    }
}
