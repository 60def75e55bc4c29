package io.millrace.gateway.op;

import io.millrace.gateway.answer.XmlWriter;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.store.StoreStatistics;

/** GET /bucket?stat, which only OSS has. */
final class GetBucketStat {
    private GetBucketStat() {}

    static void run(Call call, ObjectRequest.GetBucketStat request) {
        StoreStatistics.OfBucket statistics = call.store().statistics(request.bucket());
        int uploads =
                call.store()
                        .uploads()
                        .list(
                                new io.millrace.store.uploads.ListUploads(
                                        request.bucket(), "", "", "", "", 1000))
                        .uploads()
                        .size();
        call.sendXml(
                new XmlWriter()
                        .open("BucketStat")
                        .text("Storage", statistics.bytes())
                        .text("ObjectCount", statistics.objects())
                        .text("MultipartUploadCount", uploads)
                        .text("LiveChannelCount", 0)
                        .text(
                                "LastModifiedTime",
                                call.services().clock().instant().getEpochSecond())
                        .text("StandardStorage", statistics.bytes())
                        .text("StandardObjectCount", statistics.objects())
                        .close("BucketStat")
                        .bytes());
    }
}
