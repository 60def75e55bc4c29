package io.millrace.gateway.op;

import io.millrace.gateway.answer.XmlWriter;
import io.millrace.gateway.api.ObjectRequest;

/** GET and DELETE /bucket/key?tagging: objects have no tags yet. */
final class ObjectTagging {
    private ObjectTagging() {}

    static void get(Call call, ObjectRequest.GetObjectTagging request) {
        Existing.object(call, request.bucket(), request.key());
        call.sendXml(
                new XmlWriter()
                        .open("Tagging")
                        .open("TagSet")
                        .close("TagSet")
                        .close("Tagging")
                        .bytes());
    }

    static void delete(Call call, ObjectRequest.DeleteObjectTagging request) {
        Existing.object(call, request.bucket(), request.key());
        call.exchange().status(204).send();
    }
}
