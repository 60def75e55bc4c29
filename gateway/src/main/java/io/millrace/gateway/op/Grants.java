package io.millrace.gateway.op;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.RequestedAcl;
import io.millrace.gateway.api.RequestedAcl.Grant;
import io.millrace.gateway.api.RequestedAcl.Grantee;
import io.millrace.gateway.parse.XmlReader;
import io.millrace.store.buckets.BucketAcl;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one of our three ACLs that a list of grants amounts to. A line that none of them keeps
 * refuses the list as a whole; what the account's owner is granted is kept always, since no ACL
 * narrows it.
 */
final class Grants {
    private static final String ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers";

    private Grants() {}

    /**
     * The ACL of a bucket that is asked for; null when none is.
     *
     * @throws GatewayException 400 for what is no ACL, 501 for one that can't be kept
     */
    static @Nullable BucketAcl bucketAcl(Call call, RequestedAcl requested) {
        String canned = requested.canned();
        if (canned == null) {
            return requested.grants().isEmpty() ? null : amount(call, requested.grants());
        }
        return BucketAcl.parse(canned)
                .orElseThrow(
                        () ->
                                new GatewayException(
                                                ErrorCode.INVALID_ARGUMENT,
                                                "The ACL must be private, public-read or"
                                                        + " public-read-write.")
                                        .with("ArgumentName", call.dialect().header("acl"))
                                        .with("ArgumentValue", canned));
    }

    /** Whether somebody besides the account's own would be let in. */
    static boolean open(Call call, RequestedAcl requested) {
        BucketAcl acl = bucketAcl(call, requested);
        return acl != null && acl != BucketAcl.PRIVATE;
    }

    /** The same of a document, {@code <AccessControlPolicy>}. */
    static BucketAcl bucketAcl(Call call, byte[] document) {
        XmlReader.Element policy = XmlReader.parse(document, "AccessControlPolicy");
        List<Grant> grants = new ArrayList<>();
        for (XmlReader.Element child : policy.children()) {
            switch (child.name()) {
                case "Owner" -> checkOwner(call, child.child("ID"));
                case "AccessControlList" -> {
                    for (XmlReader.Element grant : child.children()) {
                        grants.add(grant(grant));
                    }
                }
                default -> throw malformed("An AccessControlPolicy has no " + child.name() + ".");
            }
        }
        return amount(call, grants);
    }

    private static void checkOwner(Call call, @Nullable String id) {
        if (id != null && !id.strip().equals(call.owner())) {
            throw new GatewayException(
                    ErrorCode.NOT_IMPLEMENTED,
                    "Everything here belongs to the account "
                            + call.owner()
                            + "; another owner can't be set.");
        }
    }

    private static Grant grant(XmlReader.Element grant) {
        String permission = grant.child("Permission");
        List<XmlReader.Element> grantees = grant.all("Grantee");
        if (permission == null || grantees.size() != 1 || grant.children().size() != 2) {
            throw malformed("A Grant has one Grantee and one Permission.");
        }
        XmlReader.Element grantee = grantees.getFirst();
        String uri = grantee.child("URI");
        String id = grantee.child("ID");
        String mail = grantee.child("EmailAddress");
        Grantee who;
        if (uri != null && id == null && mail == null) {
            who = new Grantee.Group(uri.strip());
        } else if (id != null && uri == null && mail == null) {
            who = new Grantee.User(id.strip());
        } else if (mail != null && uri == null && id == null) {
            who = new Grantee.Mail(mail.strip());
        } else {
            throw malformed("A Grantee has an ID, a URI or an EmailAddress.");
        }
        return new Grant(who, permission.strip());
    }

    private static BucketAcl amount(Call call, List<Grant> grants) {
        boolean read = false;
        boolean write = false;
        for (Grant grant : grants) {
            switch (grant.permission()) {
                case "READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL" -> {}
                default -> throw malformed("There is no permission " + grant.permission() + ".");
            }
            switch (grant.grantee()) {
                case Grantee.User(String id) when id.equals(call.owner()) -> {
                    // Has it.
                }
                case Grantee.Group(String uri)
                        when uri.equals(ALL_USERS) && grant.permission().equals("READ") ->
                        read = true;
                case Grantee.Group(String uri)
                        when uri.equals(ALL_USERS) && grant.permission().equals("WRITE") ->
                        write = true;
                case Grantee.User(String id) -> throw notKept(grant, id);
                case Grantee.Group(String uri) -> throw notKept(grant, uri);
                case Grantee.Mail(String address) -> throw notKept(grant, address);
            }
        }
        if (write && !read) {
            throw new GatewayException(
                    ErrorCode.NOT_IMPLEMENTED, "Writing without reading can't be granted to all.");
        }
        return write
                ? BucketAcl.PUBLIC_READ_WRITE
                : read ? BucketAcl.PUBLIC_READ : BucketAcl.PRIVATE;
    }

    private static GatewayException notKept(Grant grant, String grantee) {
        return new GatewayException(
                ErrorCode.NOT_IMPLEMENTED,
                "An ACL can't grant "
                        + grant.permission()
                        + " to "
                        + grantee
                        + ": only READ and WRITE to all users. Use a policy of a user or role.");
    }

    private static GatewayException malformed(String message) {
        return new GatewayException(ErrorCode.MALFORMED_XML, message);
    }
}
