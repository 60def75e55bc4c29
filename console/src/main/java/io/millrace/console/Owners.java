package io.millrace.console;

import io.millrace.access.Access;
import io.millrace.access.Caller;
import io.millrace.access.Roles.RoleInfo;
import io.millrace.access.Users.UserInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Names for the ids that records keep as owners. Made anew for each answer. */
final class Owners {
    private static final int A_PAGE = 1000;

    private final Map<String, String> names = new HashMap<>();

    Owners(Access access) {
        Caller root = access.root();
        names.put(root.id(), root.name());
        String after = "";
        List<UserInfo> users;
        do {
            users = access.users().list(after, A_PAGE);
            for (UserInfo user : users) {
                names.put(user.id(), user.name());
                after = user.name();
            }
        } while (users.size() == A_PAGE);
        after = "";
        List<RoleInfo> roles;
        do {
            roles = access.roles().list(after, A_PAGE);
            for (RoleInfo role : roles) {
                names.put(role.id(), "role " + role.name());
                after = role.name();
            }
        } while (roles.size() == A_PAGE);
    }

    /** The name, for a role's session the role's; the id itself when nobody has it any more. */
    String name(String id) {
        int session = id.indexOf(':');
        String who = session < 0 ? id : id.substring(0, session);
        return names.getOrDefault(who, id);
    }
}
