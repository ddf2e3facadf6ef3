package golden

// ExpectForms lets the live tests judge the requests of other pages than a golden's.
var ExpectForms = expectForms
