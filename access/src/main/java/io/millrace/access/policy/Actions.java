package io.millrace.access.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Action names: the internal ones, the AWS names that stand for them, and what a right includes.
 * Case does not count in an action, so that no Deny is dodged by it.
 */
public final class Actions {
    private static final Set<String> KNOWN = known();
    private static final Map<String, List<String>> AWS = aws();

    private Actions() {}

    private static Set<String> known() {
        Set<String> known = new TreeSet<>();
        String oss =
                """
                GetService ListBuckets PutBucket DeleteBucket GetBucketInfo GetBucketLocation \
                GetBucketStat PutBucketAcl GetBucketAcl PutBucketPolicy GetBucketPolicy \
                DeleteBucketPolicy GetBucketPolicyStatus PutBucketCors GetBucketCors \
                DeleteBucketCors PutBucketReferer GetBucketReferer PutBucketLifecycle \
                GetBucketLifecycle DeleteBucketLifecycle PutBucketVersioning GetBucketVersioning \
                PutBucketWebsite GetBucketWebsite DeleteBucketWebsite PutBucketLogging \
                GetBucketLogging DeleteBucketLogging PutBucketTagging GetBucketTagging \
                DeleteBucketTagging PutBucketEncryption GetBucketEncryption \
                DeleteBucketEncryption PutBucketPublicAccessBlock GetBucketPublicAccessBlock \
                DeleteBucketPublicAccessBlock PutBucketInventory GetBucketInventory \
                DeleteBucketInventory PutBucketReplication GetBucketReplication \
                PutBucketNotification GetBucketNotification PutBucketRequestPayment \
                GetBucketRequestPayment PutBucketTransferAcceleration \
                GetBucketTransferAcceleration PutBucketResourceGroup GetBucketResourceGroup \
                PutStyle GetStyle ListStyle DeleteStyle PutCname GetCname ListCname DeleteCname \
                InitiateBucketWorm AbortBucketWorm CompleteBucketWorm ExtendBucketWorm \
                GetBucketWorm ListObjects ListObjectVersions GetObject HeadObject PutObject \
                AppendObject DeleteObject RestoreObject GetObjectAcl PutObjectAcl GetObjectTagging \
                PutObjectTagging DeleteObjectTagging GetObjectVersion DeleteObjectVersion \
                GetObjectVersionAcl PutObjectVersionAcl GetObjectVersionTagging \
                PutObjectVersionTagging DeleteObjectVersionTagging AbortMultipartUpload ListParts \
                ListMultipartUploads PutSymlink GetSymlink SealAppendObject ProcessImm \
                PostProcessTask AsyncProcessObject PostAsyncProcess PutLiveChannel GetLiveChannel \
                ListLiveChannel DeleteLiveChannel PutLiveChannelStatus GetLiveChannelStat \
                GetLiveChannelHistory PostVodPlaylist GetVodPlaylist PublishRtmpStream \
                OpenMetaQuery GetMetaQueryStatus DoMetaQuery CloseMetaQuery RenameObject \
                DescribeRegions""";
        for (String name : oss.split(" ")) {
            known.add("oss:" + name.toLowerCase(Locale.ROOT));
        }
        for (String name :
                List.of(
                        "live:Play",
                        "live:Publish",
                        "live:Create",
                        "live:Get",
                        "live:List",
                        "live:Delete",
                        "live:RotateKey",
                        "live:DeleteRecording",
                        "live:PutRetention",
                        "camera:Play",
                        "camera:Register",
                        "camera:Get",
                        "camera:List",
                        "camera:Disable",
                        "camera:Delete",
                        "edge:Settings",
                        "edge:Report",
                        "edge:Stats",
                        "edge:Purge",
                        "admin:Users",
                        "admin:Roles",
                        "admin:Keys",
                        "admin:Policies",
                        "admin:Devices",
                        "admin:Streams",
                        "admin:Domains",
                        "admin:Buckets",
                        "admin:Backup",
                        "admin:Scrub",
                        "admin:Outgoing",
                        "admin:Jobs",
                        "admin:Settings",
                        "admin:Audit",
                        "admin:Status",
                        "admin:Metrics",
                        "imm:Query",
                        "imm:Process",
                        "sts:AssumeRole",
                        "sts:GetCallerIdentity")) {
            known.add(name.toLowerCase(Locale.ROOT));
        }
        return known;
    }

    private static Map<String, List<String>> aws() {
        Map<String, List<String>> map = new TreeMap<>();
        String pairs =
                """
                ListAllMyBuckets=ListBuckets CreateBucket=PutBucket DeleteBucket=DeleteBucket \
                ListBucket=ListObjects,GetBucketInfo ListBucketVersions=ListObjectVersions \
                GetBucketLocation=GetBucketLocation,GetBucketInfo GetBucketAcl=GetBucketAcl \
                PutBucketAcl=PutBucketAcl GetBucketPolicy=GetBucketPolicy \
                PutBucketPolicy=PutBucketPolicy DeleteBucketPolicy=DeleteBucketPolicy \
                GetBucketPolicyStatus=GetBucketPolicyStatus GetBucketCORS=GetBucketCors \
                PutBucketCORS=PutBucketCors,DeleteBucketCors \
                GetLifecycleConfiguration=GetBucketLifecycle \
                PutLifecycleConfiguration=PutBucketLifecycle,DeleteBucketLifecycle \
                GetBucketVersioning=GetBucketVersioning PutBucketVersioning=PutBucketVersioning \
                GetBucketWebsite=GetBucketWebsite PutBucketWebsite=PutBucketWebsite \
                DeleteBucketWebsite=DeleteBucketWebsite GetBucketLogging=GetBucketLogging \
                PutBucketLogging=PutBucketLogging GetBucketTagging=GetBucketTagging \
                PutBucketTagging=PutBucketTagging,DeleteBucketTagging \
                GetEncryptionConfiguration=GetBucketEncryption \
                PutEncryptionConfiguration=PutBucketEncryption,DeleteBucketEncryption \
                GetBucketPublicAccessBlock=GetBucketPublicAccessBlock \
                PutBucketPublicAccessBlock=PutBucketPublicAccessBlock \
                GetBucketNotification=GetBucketNotification \
                PutBucketNotification=PutBucketNotification \
                GetInventoryConfiguration=GetBucketInventory \
                PutInventoryConfiguration=PutBucketInventory \
                GetReplicationConfiguration=GetBucketReplication \
                PutReplicationConfiguration=PutBucketReplication \
                GetBucketRequestPayment=GetBucketRequestPayment \
                PutBucketRequestPayment=PutBucketRequestPayment GetObject=GetObject \
                GetObjectAttributes=GetObject GetObjectVersion=GetObjectVersion \
                PutObject=PutObject DeleteObject=DeleteObject \
                DeleteObjectVersion=DeleteObjectVersion GetObjectAcl=GetObjectAcl \
                PutObjectAcl=PutObjectAcl GetObjectTagging=GetObjectTagging \
                PutObjectTagging=PutObjectTagging DeleteObjectTagging=DeleteObjectTagging \
                RestoreObject=RestoreObject AbortMultipartUpload=AbortMultipartUpload \
                ListMultipartUploadParts=ListParts \
                ListBucketMultipartUploads=ListMultipartUploads""";
        for (String pair : pairs.split(" ")) {
            int equals = pair.indexOf('=');
            List<String> internal = new ArrayList<>();
            for (String name : pair.substring(equals + 1).split(",")) {
                internal.add("oss:" + name.toLowerCase(Locale.ROOT));
            }
            map.put("s3:" + pair.substring(0, equals).toLowerCase(Locale.ROOT), internal);
        }
        return map;
    }

    /** The names whose right includes an action, lower case: the action first. */
    public static List<String> including(String action) {
        String name = action.toLowerCase(Locale.ROOT);
        return switch (name) {
            case "oss:headobject", "oss:getobjectmeta" -> List.of(name, "oss:getobject");
            case "oss:appendobject", "oss:sealappendobject", "oss:putsymlink" ->
                    List.of(name, "oss:putobject");
            case "oss:getsymlink" -> List.of(name, "oss:getobject");
            case "oss:listbuckets" -> List.of(name, "oss:getservice");
            case "oss:listobjectsv2" -> List.of("oss:listobjects");
            default -> List.of(name);
        };
    }

    /**
     * The internal patterns of an action in a document.
     *
     * @throws PolicyException when it names nothing that is known
     */
    static List<Pattern> compile(String text) {
        String action = text.toLowerCase(Locale.ROOT);
        if (action.indexOf('$') >= 0) {
            throw new PolicyException("An action has no variables: " + text);
        }
        Pattern pattern = Pattern.parse(action);
        List<Pattern> compiled = new ArrayList<>();
        if (action.equals("s3:*")) {
            compiled.add(Pattern.parse("oss:*"));
        } else if (action.startsWith("s3:")) {
            AWS.forEach(
                    (name, internal) -> {
                        if (pattern.matches(name, null, false)) {
                            internal.forEach(each -> compiled.add(Pattern.literal(each)));
                        }
                    });
        } else if (KNOWN.stream().anyMatch(name -> pattern.matches(name, null, false))) {
            compiled.add(pattern);
        }
        if (compiled.isEmpty()) {
            throw new PolicyException("The action is not known: " + text);
        }
        return compiled;
    }
}
