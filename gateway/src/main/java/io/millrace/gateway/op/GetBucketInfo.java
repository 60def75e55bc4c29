package io.millrace.gateway.op;

import io.millrace.gateway.answer.XmlWriter;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.store.buckets.Bucket;

/** GET /bucket?bucketInfo, which only OSS has. */
final class GetBucketInfo {
    private GetBucketInfo() {}

    static void run(Call call, ObjectRequest.GetBucketInfo request) {
        Bucket bucket = Existing.bucket(call, request.bucket());
        String host = call.exchange().header("Host");
        String endpoint = host == null ? "localhost" : host;
        call.sendXml(
                new XmlWriter()
                        .open("BucketInfo")
                        .open("Bucket")
                        .text("AccessMonitor", "Disabled")
                        .text("CreationDate", bucket.created().toString())
                        .text("ExtranetEndpoint", endpoint)
                        .text("IntranetEndpoint", endpoint)
                        .text("Location", "oss-" + bucket.region())
                        .text("StorageClass", "Standard")
                        .text("DataRedundancyType", "LRS")
                        .text("TransferAcceleration", "Disabled")
                        .text("CrossRegionReplication", "Disabled")
                        .text("Name", bucket.name())
                        .text("Comment", "")
                        .open("Owner")
                        .text("DisplayName", call.owner())
                        .text("ID", call.owner())
                        .close("Owner")
                        .open("AccessControlList")
                        .text("Grant", bucket.acl().text())
                        .close("AccessControlList")
                        .open("ServerSideEncryptionRule")
                        .text("SSEAlgorithm", "None")
                        .close("ServerSideEncryptionRule")
                        .close("Bucket")
                        .close("BucketInfo")
                        .bytes());
    }
}
