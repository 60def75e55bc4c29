package io.millrace.gateway.op;

import io.millrace.gateway.answer.XmlWriter;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.store.StoreStatistics;
import io.millrace.store.uploads.OpenUploads;
import java.util.List;
import java.util.Optional;

/**
 * GET /bucket?stat, which only OSS has. There is one storage class, and nothing is kept of what was
 * deleted: the other classes' fields and the delete markers are 0. What the open uploads hold is
 * left out when they are too many to be counted while somebody waits.
 */
final class GetBucketStat {
    private static final List<String> OTHER_CLASSES =
            List.of("InfrequentAccess", "Archive", "ColdArchive", "DeepColdArchive");
    private static final OpenUploads NONE = new OpenUploads(0, 0, 0);

    private GetBucketStat() {}

    static void run(Call call, ObjectRequest.GetBucketStat request) {
        StoreStatistics.OfBucket statistics = call.store().statistics(request.bucket());
        Optional<OpenUploads> open = call.store().uploads().open(request.bucket());
        XmlWriter xml =
                new XmlWriter()
                        .open("BucketStat")
                        .text("Storage", statistics.bytes())
                        .text("ObjectCount", statistics.objects());
        open.ifPresent(all -> xml.text("MultipartUploadCount", all.uploads()));
        open.ifPresent(all -> parts(xml, "Multipart", all));
        xml.text("LiveChannelCount", 0)
                .text("DeleteMarkerCount", 0)
                .text("LastModifiedTime", call.services().clock().instant().getEpochSecond())
                .text("StandardStorage", statistics.bytes())
                .text("StandardObjectCount", statistics.objects());
        open.ifPresent(all -> parts(xml, "StandardMultipart", all));
        for (String other : OTHER_CLASSES) {
            xml.text(other + "Storage", 0)
                    .text(other + "RealStorage", 0)
                    .text(other + "ObjectCount", 0);
            parts(xml, other + "Multipart", NONE);
        }
        call.sendXml(xml.close("BucketStat").bytes());
    }

    private static void parts(XmlWriter xml, String prefix, OpenUploads open) {
        xml.text(prefix + "PartCount", open.parts()).text(prefix + "PartStorage", open.partBytes());
    }
}
