//! Staff: accounts with any role beside `USER`.

use super::{Account, Role, Roles};
use crate::{Code, Error, Result};

/// Minimum password length for staff in characters, enforced only with strict passwords.
pub const STAFF_PASSWORD_CHARS_MIN: usize = 12;

impl Account {
    /// Returns `true` if the account has any role beside `USER`.
    pub fn is_staff(&self) -> bool {
        is_staff(&self.roles)
    }

    /// Checks that the password is long enough for `roles`, the roles to give to the account. Removing
    /// roles always passes, and so does a password of unknown length that an earlier version of dibs
    /// hashed.
    ///
    /// # Errors
    /// `STAFF_PASSWORD_NEEDED` if the password is known to be too short for staff.
    pub fn check_staff_password(&self, roles: &Roles) -> Result<()> {
        let known = self.person.as_ref().and_then(|person| person.has_staff_password);
        if known == Some(false) && is_staff(roles) && !roles.is_subset(&self.roles) {
            let text = format!(
                "The account's password is shorter than the {STAFF_PASSWORD_CHARS_MIN} characters that staff need; \
                 its owner changes it first, by PATCH /auth/me."
            );
            return Err(Error::refused(Code::StaffPasswordNeeded, text));
        }
        Ok(())
    }
}

/// Returns `true` if `roles` contains any role beside `USER`.
pub fn is_staff(roles: &Roles) -> bool {
    roles.iter().any(|role| *role != Role::User)
}

#[cfg(test)]
mod tests {
    use super::super::session::tests::account;
    use super::*;
    use assertions::assert_each_eq;

    #[test]
    fn roles_of_staff_need_a_long_password_unless_its_length_is_not_known() {
        let staff = Roles::from([Role::User, Role::Operator]);
        let with = |known| {
            let mut account = account(&[Role::User]);
            account.person.as_mut().unwrap().has_staff_password = known;
            account.check_staff_password(&staff).map_err(|error| error.code)
        };
        assert_eq!(with(Some(false)), Err(Code::StaffPasswordNeeded));
        assert_each_eq!((with(Some(true)), Ok(())), (with(None), Ok(())));
        let user = account(&[Role::User]);
        assert!(user.check_staff_password(&Roles::from([Role::User])).is_ok());
        let admin = account(&[Role::User, Role::Operator, Role::Admin]);
        assert!(admin.check_staff_password(&staff).is_ok(), "a role is taken away, and none given");
    }

    #[test]
    fn account_of_the_version_before_reads() {
        let mut stored = serde_json::to_value(account(&[Role::User])).unwrap();
        stored.as_object_mut().unwrap().remove("last_seen_at");
        stored["person"].as_object_mut().unwrap().remove("has_staff_password");
        let read: Account = serde_json::from_value(stored).unwrap();
        assert_each_eq!((read.last_seen_at, None), (read.person.unwrap().has_staff_password, None));
    }
}
