//! Team: workspaces, the people in them, and invitations.
