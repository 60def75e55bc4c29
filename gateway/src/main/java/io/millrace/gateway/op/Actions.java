package io.millrace.gateway.op;

import io.millrace.gateway.api.BucketSetting;
import io.millrace.gateway.api.ObjectRequest;
import java.util.HashMap;
import java.util.Map;

/** What a caller must be allowed to do before a request is worked on. */
final class Actions {
    private Actions() {}

    /**
     * Asks for everything that the request line tells; the operation asks for what its body adds.
     */
    static void authorise(Call call, ObjectRequest request) {
        switch (request) {
            case ObjectRequest.OnService service -> {
                switch (service) {
                    case ObjectRequest.ListBuckets list ->
                            call.guard().require("oss:ListBuckets", "*");
                }
            }
            case ObjectRequest.OnBucket bucket -> authoriseBucket(call, bucket);
            case ObjectRequest.OnObject object ->
                    call.guard().require(action(object), object.bucket(), object.key());
        }
    }

    private static void authoriseBucket(Call call, ObjectRequest.OnBucket request) {
        if (request instanceof ObjectRequest.CreateBucket create) {
            call.guard().require("oss:PutBucket", create.bucket());
            if (Grants.open(call, create.acl())) {
                call.guard().require("oss:PutBucketAcl", create.bucket());
            }
            return;
        }
        if (request instanceof ObjectRequest.PutBucketAcl acl && BucketAcls.makes(call, acl)) {
            call.guard().require("oss:PutBucket", acl.bucket());
            call.guard().require("oss:PutBucketAcl", acl.bucket());
            return;
        }
        if (request instanceof ObjectRequest.PostObject) {
            // The form brings its own signature: the operation proves and asks.
            return;
        }
        if (request instanceof ObjectRequest.DeleteObjects) {
            // Each key is asked for by itself.
            return;
        }
        Map<String, String> values = Map.of();
        if (request instanceof ObjectRequest.ListObjects list) {
            values = new HashMap<>();
            values.put("prefix", list.prefix());
            values.put("delimiter", list.delimiter());
            values.put("max-keys", Integer.toString(list.maxKeys()));
        }
        call.guard().require(action(request), request.bucket(), "", values);
    }

    private static String action(ObjectRequest.OnBucket request) {
        return switch (request) {
            case ObjectRequest.CreateBucket r -> "oss:PutBucket";
            case ObjectRequest.DeleteBucket r -> "oss:DeleteBucket";
            case ObjectRequest.HeadBucket r -> "oss:ListObjects";
            case ObjectRequest.ListObjects r ->
                    r.form() == ObjectRequest.ListForm.VERSIONS
                            ? "oss:ListObjectVersions"
                            : "oss:ListObjects";
            case ObjectRequest.GetBucketLocation r -> "oss:GetBucketLocation";
            case ObjectRequest.GetBucketInfo r -> "oss:GetBucketInfo";
            case ObjectRequest.GetBucketStat r -> "oss:GetBucketStat";
            case ObjectRequest.GetBucketAcl r -> "oss:GetBucketAcl";
            case ObjectRequest.PutBucketAcl r -> "oss:PutBucketAcl";
            case ObjectRequest.GetBucketCors r -> "oss:GetBucketCors";
            case ObjectRequest.PutBucketCors r -> "oss:PutBucketCors";
            case ObjectRequest.DeleteBucketCors r -> "oss:DeleteBucketCors";
            case ObjectRequest.GetBucketSetting r -> "oss:GetBucket" + name(r.setting());
            case ObjectRequest.DeleteBucketSetting r -> "oss:DeleteBucket" + name(r.setting());
            case ObjectRequest.ListUploads r -> "oss:ListMultipartUploads";
            case ObjectRequest.DeleteObjects r -> "oss:DeleteObject";
            case ObjectRequest.PostObject r -> "oss:PutObject";
        };
    }

    private static String name(BucketSetting setting) {
        StringBuilder name = new StringBuilder();
        for (String word : setting.name().split("_")) {
            name.append(word.charAt(0))
                    .append(word.substring(1).toLowerCase(java.util.Locale.ROOT));
        }
        return name.toString();
    }

    private static String action(ObjectRequest.OnObject request) {
        return switch (request) {
            case ObjectRequest.PutObject r -> "oss:PutObject";
            case ObjectRequest.CopyObject r -> "oss:PutObject";
            case ObjectRequest.AppendObject r -> "oss:PutObject";
            case ObjectRequest.SealObject r -> "oss:PutObject";
            case ObjectRequest.InitiateUpload r -> "oss:PutObject";
            case ObjectRequest.UploadPart r -> "oss:PutObject";
            case ObjectRequest.UploadPartCopy r -> "oss:PutObject";
            case ObjectRequest.CompleteUpload r -> "oss:PutObject";
            case ObjectRequest.ListParts r -> "oss:ListParts";
            case ObjectRequest.AbortUpload r -> "oss:AbortMultipartUpload";
            case ObjectRequest.GetObject r -> r.head() ? "oss:HeadObject" : "oss:GetObject";
            case ObjectRequest.GetObjectMeta r -> "oss:HeadObject";
            case ObjectRequest.ProcessObject r -> "oss:GetObject";
            case ObjectRequest.ProcessAndSave r -> "oss:GetObject";
            case ObjectRequest.DeleteObject r -> "oss:DeleteObject";
            case ObjectRequest.GetObjectAcl r -> "oss:GetObjectAcl";
            case ObjectRequest.PutObjectAcl r -> "oss:PutObjectAcl";
            case ObjectRequest.GetObjectTagging r -> "oss:GetObjectTagging";
            case ObjectRequest.DeleteObjectTagging r -> "oss:DeleteObjectTagging";
        };
    }
}
