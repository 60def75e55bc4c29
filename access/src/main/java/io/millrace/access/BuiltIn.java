package io.millrace.access;

import io.millrace.access.policy.Policy;
import java.util.LinkedHashMap;
import java.util.Map;

/** The policies that are always there, and those of the service accounts. */
final class BuiltIn {
    static final String ADMINISTRATOR = "AdministratorAccess";

    /** By name, in the order in which they are shown. */
    static final Map<String, String> DOCUMENTS = documents();

    /**
     * The service account of the edge: reads and plays, pulls its settings, reports; nothing else.
     */
    static final String EDGE =
            """
            {"Version":"1","Statement":[{"Sid":"Edge","Effect":"Allow",\
            "Action":["oss:GetObject","live:Play","camera:Play","edge:Settings","edge:Report",\
            "edge:Stats"],"Resource":"*"}]}""";

    /** The service account of the backup command: holds what it copies; nothing else. */
    static final String BACKUP =
            """
            {"Version":"1","Statement":[{"Sid":"Backup","Effect":"Allow",\
            "Action":"admin:Backup","Resource":"*"}]}""";

    private BuiltIn() {}

    private static Map<String, String> documents() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put(
                ADMINISTRATOR,
                """
                {"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}""");
        all.put(
                "ReadOnlyAccess",
                """
                {"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:Get*","oss:List*",\
                "oss:HeadObject","live:Play","live:Get","live:List","camera:Play","camera:Get",\
                "camera:List","admin:Status"],"Resource":"*"}]}""");
        all.put(
                "PlaybackAccess",
                """
                {"Version":"1","Statement":[{"Effect":"Allow","Action":["live:Play","live:List",\
                "live:Get","camera:Play","camera:List","camera:Get"],"Resource":"*"}]}""");
        all.put(
                "UploadAccess",
                """
                {"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:PutObject",\
                "oss:AbortMultipartUpload","oss:ListParts","oss:HeadObject"],"Resource":"*"}]}""");
        return all;
    }

    /** What stands for a policy that is attached but gone: nobody may do anything by guess. */
    static Policy missing(String name, String account) {
        return Policy.identity(
                "missing:" + name,
                """
                {"Version":"1","Statement":[{"Sid":"Missing","Effect":"Deny","Action":"*",\
                "Resource":"*"}]}""",
                account);
    }
}
