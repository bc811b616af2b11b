//! Makes the grantee's password.

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::Files;
use super::record::{Record, digest};
use super::target::Target;
use crate::access::grant::Granted;
use crate::access::target::Trouble;
use crate::integrations::{AccessDetails, IntegrationError, MakesCredentials};

#[async_trait]
impl MakesCredentials for Files {
    async fn make(&self, granted: &Granted) -> Result<AccessDetails, IntegrationError> {
        let folder = Target::read(granted)?.folder();
        let lock = folder.lock().await?;
        let (trouble, said) = match lock.read(&granted.principal)? {
            Some(record) if !record.locked => {
                let password = new_password()?;
                lock.write(&Record {
                    password: Some(digest(&password)),
                    ..record
                })?;
                return Ok(details(&granted.principal, &password));
            }
            Some(_) => (Trouble::Over, "is locked"),
            None => (Trouble::Missing, "does not exist"),
        };
        let said = format!("{}.json {said}", granted.principal);
        Err(IntegrationError::refuse(trouble, said))
    }
}

fn new_password() -> Result<Zeroizing<String>, IntegrationError> {
    let mut bytes = Zeroizing::new([0_u8; 16]);
    getrandom::fill(&mut *bytes).map_err(|_| {
        IntegrationError::retry(
            Trouble::Odd,
            "the machine provided no random numbers for a password",
        )
    })?;
    Ok(Zeroizing::new(HEXLOWER.encode(&*bytes)))
}

fn details(user: &str, password: &str) -> AccessDetails {
    AccessDetails {
        fields: vec![
            ("User", SecretString::from(user)),
            ("Password", SecretString::from(password)),
        ],
        command: SecretString::from(format!("cat {user}.json")),
        others: String::new(),
        note: "The password works until the access ends. If you click Connect again, you get a new one and this one stops working."
            .to_owned(),
        made: true,
        credential: None,
    }
}
