package io.millrace.gateway.op;

import io.millrace.gateway.answer.XmlWriter;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.store.StoreStatistics;
import io.millrace.store.uploads.ListUploads;
import io.millrace.store.uploads.UploadListing;
import java.util.List;

/**
 * GET /bucket?stat, which only OSS has. There is one storage class, and nothing is kept of what was
 * deleted: the other classes' fields and the delete markers are 0.
 */
final class GetBucketStat {
    private static final List<String> OTHER_CLASSES =
            List.of("InfrequentAccess", "Archive", "ColdArchive", "DeepColdArchive");

    private static final int PAGE = 1000;

    private GetBucketStat() {}

    static void run(Call call, ObjectRequest.GetBucketStat request) {
        StoreStatistics.OfBucket statistics = call.store().statistics(request.bucket());
        XmlWriter xml =
                new XmlWriter()
                        .open("BucketStat")
                        .text("Storage", statistics.bytes())
                        .text("ObjectCount", statistics.objects())
                        .text("MultipartUploadCount", uploads(call, request.bucket()))
                        .text("LiveChannelCount", 0)
                        .text("DeleteMarkerCount", 0)
                        .text(
                                "LastModifiedTime",
                                call.services().clock().instant().getEpochSecond())
                        .text("StandardStorage", statistics.bytes())
                        .text("StandardObjectCount", statistics.objects());
        for (String other : OTHER_CLASSES) {
            xml.text(other + "Storage", 0)
                    .text(other + "RealStorage", 0)
                    .text(other + "ObjectCount", 0);
        }
        call.sendXml(xml.close("BucketStat").bytes());
    }

    /** All open uploads, page by page. */
    private static long uploads(Call call, String bucket) {
        long count = 0;
        String key = "";
        String id = "";
        while (true) {
            UploadListing page =
                    call.store().uploads().list(new ListUploads(bucket, "", "", key, id, PAGE));
            count += page.uploads().size();
            if (!page.truncated()) {
                return count;
            }
            key = page.nextKey();
            id = page.nextUploadId();
        }
    }
}
