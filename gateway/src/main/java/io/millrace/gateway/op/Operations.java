package io.millrace.gateway.op;

import io.millrace.gateway.api.ObjectRequest;
import java.io.IOException;

/** From a request to its operation: the one switch. */
public final class Operations {
    private Operations() {}

    /** Authorises the request and works on it; the answer is sent when this returns. */
    public static void run(Call call, ObjectRequest request) throws IOException {
        Actions.authorise(call, request);
        Assertions.check(call, request);
        switch (request) {
            case ObjectRequest.ListBuckets r -> ListBuckets.run(call, r);
            case ObjectRequest.CreateBucket r -> CreateBucket.run(call, r);
            case ObjectRequest.DeleteBucket r -> DeleteBucket.run(call, r);
            case ObjectRequest.HeadBucket r -> HeadBucket.run(call, r);
            case ObjectRequest.ListObjects r -> ListObjects.run(call, r);
            case ObjectRequest.GetBucketLocation r -> GetBucketLocation.run(call, r);
            case ObjectRequest.GetBucketInfo r -> GetBucketInfo.run(call, r);
            case ObjectRequest.GetBucketStat r -> GetBucketStat.run(call, r);
            case ObjectRequest.GetBucketAcl r -> BucketAcls.get(call, r);
            case ObjectRequest.PutBucketAcl r -> BucketAcls.put(call, r);
            case ObjectRequest.GetBucketCors r -> BucketCors.get(call, r);
            case ObjectRequest.PutBucketCors r -> BucketCors.put(call, r);
            case ObjectRequest.DeleteBucketCors r -> BucketCors.delete(call, r);
            case ObjectRequest.GetBucketSetting r -> BucketSettings.get(call, r);
            case ObjectRequest.DeleteBucketSetting r -> BucketSettings.delete(call, r);
            case ObjectRequest.ListUploads r -> ListUploads.run(call, r);
            case ObjectRequest.DeleteObjects r -> DeleteObjects.run(call, r);
            case ObjectRequest.PostObject r -> PostObject.run(call, r);
            case ObjectRequest.PutObject r -> PutObject.run(call, r);
            case ObjectRequest.CopyObject r -> CopyObject.run(call, r);
            case ObjectRequest.GetObject r -> GetObject.run(call, r);
            case ObjectRequest.GetObjectMeta r -> GetObjectMeta.run(call, r);
            case ObjectRequest.DeleteObject r -> DeleteObject.run(call, r);
            case ObjectRequest.AppendObject r -> AppendObject.run(call, r);
            case ObjectRequest.SealObject r -> SealObject.run(call, r);
            case ObjectRequest.GetObjectAcl r -> ObjectAcls.get(call, r);
            case ObjectRequest.PutObjectAcl r -> ObjectAcls.put(call, r);
            case ObjectRequest.GetObjectTagging r -> ObjectTagging.get(call, r);
            case ObjectRequest.DeleteObjectTagging r -> ObjectTagging.delete(call, r);
            case ObjectRequest.InitiateUpload r -> InitiateUpload.run(call, r);
            case ObjectRequest.UploadPart r -> UploadPart.run(call, r);
            case ObjectRequest.UploadPartCopy r -> UploadPartCopy.run(call, r);
            case ObjectRequest.ListParts r -> ListParts.run(call, r);
            case ObjectRequest.CompleteUpload r -> CompleteUpload.run(call, r);
            case ObjectRequest.AbortUpload r -> AbortUpload.run(call, r);
            case ObjectRequest.ProcessObject r -> ProcessObject.run(call, r);
            case ObjectRequest.ProcessAndSave r -> ProcessAndSave.run(call, r);
        }
    }
}
