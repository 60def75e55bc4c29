package io.millrace.gateway.op;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.gateway.parse.Queries;
import io.millrace.media.Media;
import io.millrace.media.ProcessAnswer;
import io.millrace.media.ProcessPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * POST /bucket/key?x-oss-process with the process in the body; the result is saved as an object.
 */
final class ProcessAndSave {
    private ProcessAndSave() {}

    static void run(Call call, ObjectRequest.ProcessAndSave request) throws IOException {
        Media media = Processing.media(call);
        String body = new String(call.document(), StandardCharsets.UTF_8).strip();
        String process =
                body.startsWith("x-oss-process=")
                        ? body.substring("x-oss-process=".length())
                        : Queries.parse(bytesOf(body)).text("x-oss-process");
        if (process.isEmpty()) {
            throw new GatewayException(
                    ErrorCode.MISSING_ARGUMENT, "The body must be x-oss-process=….");
        }
        ProcessPlan plan = Processing.plan(call, media, request.bucket(), request.key(), process);
        switch (media.run(plan, Processing.asker(call))) {
            case ProcessAnswer.Answer answer ->
                    call.exchange()
                            .setHeader("Content-Type", answer.contentType())
                            .send(answer.bytes());
            case ProcessAnswer.Refused refused -> throw Processing.refusal(refused);
        }
    }

    /** A character for each byte of UTF-8: so the decoder takes what stands there as it is. */
    private static String bytesOf(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
