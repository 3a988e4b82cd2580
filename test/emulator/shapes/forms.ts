import type { Messages } from './notation.js';

/** The messages of the schema and the form of a configuration. */
export const forms: Messages = {
  AdminProviderConfig: 'defaultValueCel:text showToUser:bool',
  AppResourceFilter: 'appId:text resourceTypeId:text',
  AppUserFilter: 'appId:text',
  BoolField: 'checkboxField:map<any>? defaultValue:bool rules:any? toggleField:map<any>?',
  C1UserFilter: 'excludeUserIds:[text]? includeDeactivated:bool userIds:[text]?',
  ConfigSchema: `
    displayName:text fieldGroups:[connector.v1.FieldGroup]? fields:[connector.v1.Field]? helpUrl:text
    iconUrl:text isOauth2:bool requiresExternalConnector:bool supportsExternalResources:bool
  `,
  ConnectorCatalogServiceConfigurationSchemaResponse: 'formSchema:form.v1.Form? schema:ConfigSchema?',
  DateField: `
    defaultToToday:bool maxDate:text maxDaysFromToday:int32? minDate:text minDaysFromToday:int32?
  `,
  DependentOn: 'dependencyFieldNames:[text]?',
  FieldRelationship: `
    atLeastOne:map<any>? dependentOn:DependentOn? fieldNames:[text]? mutuallyExclusive:map<any>?
    requiredTogether:map<any>?
  `,
  FileField: 'acceptedFileTypes:[text]? fileInputField:map<any>? maxFileSize:int64?',
  ImportField: 'allowedExtensions:[text]? secret:bool valueValidator:any?',
  Int64Field: 'defaultValue:int64? numberField:NumberField? placeholder:text rules:any?',
  Item: 'displayName:text value:text',
  KeyValueField: 'secret:bool supportsFileUpload:bool',
  NumberField: 'maxValue:int64 minValue:int64 step:int64',
  Oauth2Field: 'oauth2FieldView:map<any>?',
  PickerField: `
    appUserPicker:AppUserFilter? c1UserPicker:C1UserFilter? resourcePicker:AppResourceFilter?
  `,
  RandomStringField: 'length:int32',
  SelectOption: 'description:text displayName:text value:text',
  SharedProviderConfig: 'defaultValueCel:text inputTransformationCel:text lockDefaultValues:bool',
  StringListField: 'valueValidator:any?',
  StringMapRules: 'isRequired:bool validateEmpty:bool',
  StringSliceField: `
    chipsField:map<any>? defaultValues:[text]? pickerField:PickerField? placeholder:text rules:any?
  `,
  UserProviderConfig: 'inputTransformationCel:text',
  'connector.v1.CheckboxField': 'checked:bool',
  'connector.v1.Field': `
    additionalPlaceholder:text checkbox:connector.v1.CheckboxField? dependsOnFields:[text]?
    displayName:text helpUrl:text import:ImportField? keyValue:KeyValueField? name:text oauth2:map<any>?
    options:map<any>? placeholder:text postCreate:bool random:RandomStringField? readOnly:map<any>?
    secret:map<any>? select:connector.v1.SelectField? str:connector.v1.StringField?
    strList:StringListField? stringMap:connector.v1.StringMapField? text:connector.v1.TextField?
  `,
  'connector.v1.FieldGroup': 'default:bool displayName:text fieldNames:[text]? helpText:text name:text',
  'connector.v1.SelectField': 'items:[Item]?',
  'connector.v1.StringField': 'secret:bool valueValidator:any?',
  'connector.v1.StringMapField': 'optional:bool',
  'connector.v1.TextField': 'secret:bool valueValidator:any?',
  'form.v1.Field': `
    adminConfig:AdminProviderConfig? boolField:BoolField? description:text displayName:text
    fileField:FileField? int64Field:Int64Field? name:text oauth2Field:Oauth2Field? readOnly:bool
    required:bool sharedConfig:SharedProviderConfig? stringField:form.v1.StringField?
    stringMapField:form.v1.StringMapField? stringSliceField:StringSliceField?
    userConfig:UserProviderConfig?
  `,
  'form.v1.FieldGroup': 'default:bool displayName:text fields:[text]? helpText:text name:text',
  'form.v1.Form': `
    description:text displayName:text fieldGroups:[form.v1.FieldGroup]?
    fieldRelationships:[FieldRelationship]? fields:[form.v1.Field]? id:text
  `,
  'form.v1.SelectField': 'options:[SelectOption]? type:text',
  'form.v1.StringField': `
    dateField:DateField? defaultValue:text passwordField:map<any>? pickerField:PickerField?
    placeholder:text rules:any? selectField:form.v1.SelectField? textField:form.v1.TextField?
  `,
  'form.v1.StringMapField': 'defaultValue:map<text> rules:StringMapRules?',
  'form.v1.TextField': 'multiline:bool suffix:text?',
};
